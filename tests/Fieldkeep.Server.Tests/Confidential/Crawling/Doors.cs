using System.Globalization;
using System.Text.RegularExpressions;
using Fieldkeep.Server.Tests.Ledger;
using Fieldkeep.Server.Tests.Support;

namespace Fieldkeep.Server.Tests.Confidential.Crawling;

/// <summary>
/// Makes of every operation of both documents that reads the questions which would bring the most to light. A parameter or a question without an
/// answer here is listed in <see cref="Unknown"/>.
/// </summary>
internal sealed partial class Doors(CanaryStage stage)
{
    private const string Wanted =
        "$count $wkt all attachments confidential count datasets deletedFields forms groupPaths labelHeadings labels media odata splitSelectMultiples splitSelects";

    private const string LeftOut =
        "$filter $format $orderby $select $skip $skiptoken $top Action Actor Before From Kind Limit Project Since Subject Topic Until action actor after alert before code columns deleted draft "
        + "end error fieldpath filter formID format from geometry iss language limit mediaNames month offset project q reviewStates skip st start state submitters unit";

    // What a parameter behind the question mark is asked with; null leaves it out.
    private static readonly Dictionary<string, string?> Query = new(
        [
            .. Wanted.Split(' ').Select(name => KeyValuePair.Create<string, string?>(name, "true")),
            .. LeftOut.Split(' ').Select(name => KeyValuePair.Create<string, string?>(name, null)),
            KeyValuePair.Create<string, string?>("$expand", "*"),
            KeyValuePair.Create<string, string?>("at", "2999-01-01T00:00:00Z"),
            KeyValuePair.Create<string, string?>("kind", "submission.read"),
            KeyValuePair.Create<string, string?>("permission", "confidentialRead"),
            KeyValuePair.Create<string, string?>("person", "1"),
            KeyValuePair.Create<string, string?>("place", "unit:1"),
        ],
        StringComparer.Ordinal);

    // Without these it is not answered at all.
    private static readonly HashSet<string> Needed = new(StringComparer.Ordinal) { "listOwnAccessOfHour", "explainAccess", "getProjectAsOf" };

    private static readonly string[] Formats = ["csv.zip", "csv", "xlsx", "json", "ndjson", "geojson", "kml", "sav.zip", "media.zip"];

    private static readonly string[] Water = ["/water"];

    private static readonly object[] Rules = [new { kind = "delete", days = 1 }, new { kind = "files", days = 1 }];

    /// <summary>What could not be asked: the operation and the parameter that no value is known for.</summary>
    public SortedSet<string> Unknown { get; } = new(StringComparer.Ordinal);

    /// <summary>Lists what a subject asks.</summary>
    public IReadOnlyList<CrawledDoor> Of(CrawlSubject subject) =>
    [
        .. Operations.All.Where(one => one.Method == "GET").SelectMany(one => Reading(one, subject)),
        .. Formats.SelectMany(format => (IEnumerable<string>)[$"format={format}", $"format={format}&confidential=true", $"format={format}&media=true"])
            .Select(query => new CrawledDoor("GET", $"{stage.Form}/export?{query}")),
        .. Operations.All.Where(one => EveryChangeIsWrittenTests.Reading.Contains($"{one.Document} {one.Id}")).SelectMany(Asking),
    ];

    /// <summary>Lists the questions whose answer would tell what confidential answers hold: nobody is answered.</summary>
    public IReadOnlyList<CrawledDoor> Guessing()
    {
        var svc = $"/v1/projects/{stage.Village.Project}/forms/{SecretVillage.FormId}.svc";
        var secret = stage.Village.Secret;
        return
        [
            new("GET", $"{svc}/Submissions?$filter=secret eq '{secret}'"), new("GET", $"{svc}/Submissions?$orderby=secret"),
            new("GET", $"{svc}/Submissions?$apply=groupby((secret))"), new("GET", $"{svc}/Submissions.child?$filter=note ne null"),
            new("GET", $"{stage.Form}/rows?filter=contains(secret,'kan')"), new("GET", $"{stage.Form}/repeats/child/rows?filter=contains(note,'kan')"),
            new("POST", $"{stage.Form}/rows/search", new { filter = $"secret eq '{secret}'" }),
            new("GET", $"{stage.Form}/export?format=csv&filter=contains(secret,'kan')"),
            new("POST", $"{stage.Form}/exports/preview", new { format = "csv", filter = $"secret eq '{secret}'" }),
            new("POST", $"{stage.Form}/row-conditions", new { name = "guess", condition = new { field = "/secret", op = "eq", value = secret } }),
            new("GET", $"/v1/projects/{stage.Village.Project}/forms/{SecretVillage.FormId}/submissions.csv?$filter=secret eq '{secret}'"),
        ];
    }

    private IEnumerable<CrawledDoor> Reading(Operation operation, CrawlSubject subject)
    {
        foreach (var path in PathsOf(operation, subject))
        {
            var known = operation.Query.Select(name => (Name: name, Value: ValueOf(operation, name, subject))).Where(one => one.Value is { Length: > 0 }).ToList();
            var always = known.Where(one => Needed.Contains(operation.Id) || one.Name == "st").ToList();
            var more = known.Where(one => one.Name != "confidential").ToList();
            yield return new CrawledDoor("GET", Written(path, always));
            if (more.Count > always.Count)
            {
                yield return new CrawledDoor("GET", Written(path, more));
            }

            if (known.Count > more.Count)
            {
                yield return new CrawledDoor("GET", Written(path, known));
            }
        }
    }

    private string? ValueOf(Operation operation, string name, CrawlSubject subject)
    {
        if (!Query.TryGetValue(name, out var value))
        {
            Unknown.Add($"{operation}: ?{name}");
        }

        return name == "st" ? subject.Key : value;
    }

    private static string Written(string path, List<(string Name, string? Value)> query) =>
        query.Count == 0 ? path : $"{path}?{string.Join('&', query.Select(one => $"{one.Name}={one.Value}"))}";

    // Every way to put values into its path; none where the subject has no token for it.
    private IEnumerable<string> PathsOf(Operation operation, CrawlSubject subject)
    {
        IEnumerable<string> paths = [operation.Path];
        foreach (var match in Parameter().Matches(operation.Path).Reverse())
        {
            var values = ValuesOf(operation, match.Groups["name"].Value, subject);
            if (values is null)
            {
                Unknown.Add($"{operation}: {match.Value}");
                return [];
            }

            paths = paths.SelectMany(path => values.Select(value => path[..match.Index] + value + path[(match.Index + match.Length)..])).ToList();
        }

        return paths;
    }

    private List<string>? ValuesOf(Operation operation, string name, CrawlSubject subject)
    {
        var path = operation.Path;
        var isOfDraft = path.Contains("/draft/", StringComparison.Ordinal);
        var isOfVersion = path.Contains("{versionId}", StringComparison.Ordinal);
        return name switch
        {
            "projectId" => [stage.Village.Project.ToString(CultureInfo.InvariantCulture)],
            "formId" => [SecretVillage.FormId],
            "instanceId" => isOfDraft ? [stage.Tested] : isOfVersion ? [stage.Village.InstanceId] : [stage.Village.InstanceId, stage.Staged],
            "versionId" => isOfDraft ? [stage.Tested] : [stage.Village.InstanceId, stage.Edited],
            "version" => ["1"],
            "table" => path.Contains("/{path}", StringComparison.Ordinal) ? ["Submissions"] : ["Submissions", "Submissions.child"],
            "path" => ["$count"],
            "repeat" => ["child"],
            "name" when path.Contains("/submissions/", StringComparison.Ordinal) => [stage.Village.PhotoName, "audit.csv", "well.jpg"],
            "name" => ["people.csv"],
            "token" when path.StartsWith("/v1/key/", StringComparison.Ordinal) => subject.Key is { } key ? [key] : [],
            "token" when path.StartsWith("/v1/test/", StringComparison.Ordinal) => [stage.DraftToken],
            "token" when path.StartsWith("/v1/form-links/", StringComparison.Ordinal) => [stage.LinkToken],
            "token" when path.StartsWith("/api/export-links/", StringComparison.Ordinal) => [stage.ExportLinkToken],
            "id" when path.StartsWith("/api/exports/", StringComparison.Ordinal) => stage.Exports,
            "id" or "person" => [(subject.Page?.AccountId ?? 1).ToString(CultureInfo.InvariantCulture)],
            "changeId" => stage.Changes,
            "unitId" => [stage.Home.ToString(CultureInfo.InvariantCulture)],
            "deploymentId" => [stage.Deployment.ToString(CultureInfo.InvariantCulture)],
            "roleId" => ["viewer"],
            "key" => ["backups"],
            "kind" => ["terms"],
            "uuid" => [Guid.Empty.ToString()],
            "datasetId" or "recoveryId" => ["1"],
            _ => null,
        };
    }

    private IEnumerable<CrawledDoor> Asking(Operation operation)
    {
        var path = operation.Path
            .Replace("{projectId}", stage.Village.Project.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{formId}", SecretVillage.FormId, StringComparison.Ordinal)
            .Replace("{unitId}", stage.Home.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var forms = (string[] paths) => new[] { new { formId = SecretVillage.FormId, paths } };
        object[]? bodies = operation.Id switch
        {
            "searchRows" => [new { count = true, order = "oldest" }],
            "previewExport" or "estimateAnonymity" => [new { format = "csv" }, new { format = "csv", confidential = true }],
            "startExport" => [new { format = "csv", confidential = true }],
            "findPerson" =>
            [
                new { text = SecretVillage.Plain, forms = forms(Water) }, new { text = stage.Village.Secret, forms = forms(["/secret", "/water", "/job_other"]) },
            ],
            "previewPseudonymisation" => [new { questions = new[] { new { path = "/water", method = "hash" }, new { path = "/secret", method = "hash" }, new { path = "/place", method = "place" } } }],
            "previewRetention" => [new { rules = Rules }],
            "previewRecovery" => [new { project = stage.Village.Project, at = "latest" }],
            "postExportCsvZip" or "postExportCsv" or "postExportCsvZipOfDraft" or "postExportCsvOfDraft" => [new { }],
            "cancelExport" or "reportMemberImport" or "readInvitation" => [],
            _ => null,
        };
        if (bodies is null)
        {
            Unknown.Add($"{operation}: its body");
        }

        return (bodies ?? []).Select(body => new CrawledDoor(operation.Method, path, body));
    }

    [GeneratedRegex(@"\{(?<name>[^}:*]+)[^}]*\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();
}
