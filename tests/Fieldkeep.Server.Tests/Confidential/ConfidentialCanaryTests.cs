using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Confidential;

/// <summary>
/// Plants a text in each kind of confidential answer and reads every address of both documents as every role (measure X2): nobody without the
/// right gets one of them, in no format; who has the right gets each where that is promised.
/// </summary>
public sealed partial class ConfidentialCanaryTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] Formats = ["csv.zip", "csv", "xlsx", "json", "ndjson", "geojson", "kml", "sav.zip", "media.zip"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_without_the_right_gets_a_confidential_answer_from_any_address()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin);
        var edited = Village.NewId();
        var sender = await server.PersonAsync(RolePermissions.Viewer, village.Project);
        var project = village.Project;
        var subjects = new List<(string Name, Func<HttpRequestMessage, Task> SignAsync)>
        {
            ("nobody", _ => Task.CompletedTask),
            ("organisation administrator", With(admin)),
            ("viewer", With(await server.SignedInAsync(RolePermissions.Viewer, project))),
            ("collector", With(await server.SignedInAsync(RolePermissions.Collector, project))),
            ("confidential editor", With(await EditorAsync(project))),
            ("token for reading", await TokenAsync(project)),
        };
        await EditAsync(admin, village, edited);
        using var client = server.CreateClient(isHeld: false);
        var (leaks, answered) = (new ConcurrentBag<string>(), new ConcurrentDictionary<string, int>());
        await Parallel.ForEachAsync(subjects, new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = Token }, async (subject, _) =>
        {
            foreach (var address in Addresses(village, edited, sender.Id))
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, address);
                await subject.SignAsync(request);
                using var response = await client.SendAsync(request, Token);
                var bytes = await response.Content.ReadAsByteArrayAsync(Token);
                if (response.IsSuccessStatusCode)
                {
                    answered.AddOrUpdate(subject.Name, 1, (_, so) => so + 1);
                }

                var head = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(response.Headers + " " + response.Content.Headers));
                foreach (var text in Canaries.FindIn([.. bytes, .. head], village.All).Where(text => !address.Contains(text, StringComparison.Ordinal)))
                {
                    leaks.Add($"{subject.Name} reads {text} at {address}");
                }
            }
        });

        Assert.True(leaks.IsEmpty, string.Join('\n', leaks.Order(StringComparer.Ordinal)));
        Assert.True(answered["organisation administrator"] > 60, $"Only {answered["organisation administrator"]} addresses answered.");
        Assert.True(answered["viewer"] > 30, $"Only {answered["viewer"]} addresses answered.");
        Assert.DoesNotContain(server.Log.Text.Split('\n'), line => Canaries.FindIn(Encoding.UTF8.GetBytes(line), village.All).Count > 0);
    }

    [Fact]
    public async Task Who_has_the_right_gets_each_answer_where_they_ask_for_it_and_it_is_noted()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin);
        var manager = await server.SignedInAsync(RolePermissions.Manager, village.Project);
        var form = $"/api/projects/{village.Project}/forms/{SecretVillage.FormId}";
        var one = $"{form}/submissions/{village.InstanceId}";
        Assert.Empty(await SeenAsync(manager, village, one));
        Assert.Empty(await SeenAsync(manager, village, $"{form}/export?format=json"));

        string[] answers = [village.Secret, village.Note, village.Other, village.PhotoName, village.Latitude, village.PathLatitude];
        Assert.Equal(answers.Order(), (await SeenAsync(manager, village, $"{one}?confidential=true")).Order());
        Assert.Equal(answers.Order(), (await SeenAsync(manager, village, $"/v1/projects/{village.Project}/forms/{SecretVillage.FormId}/submissions/{village.InstanceId}.xml")).Order());
        Assert.Equal(answers.Order(), (await SeenAsync(manager, village, $"{form}/export?format=json&confidential=true")).Order());
        Assert.Equal(
            new[] { village.PhotoName, village.PhotoText, village.Audit }.Order(),
            (await SeenAsync(manager, village, $"{form}/export?format=media.zip&confidential=true")).Order());
        Assert.Equal([village.PhotoText], await SeenAsync(manager, village, $"{one}/attachments/{village.PhotoName}"));

        var noted = await server.QueryAsync<long>(
            "select count(*) from audit.events where action = 'submission.read_confidential' and project_id = @project", new { project = village.Project });
        Assert.Equal(5, noted);
    }

    [Fact]
    public async Task A_right_that_was_taken_back_ends_with_a_finished_export_too()
    {
        var admin = await server.OrganisationAdminAsync();
        var (village, _) = await SecretVillage.BuildAsync(server, admin);
        var viewer = await server.SignedInAsync(RolePermissions.Viewer, village.Project);
        var form = $"/api/projects/{village.Project}/forms/{SecretVillage.FormId}";
        using var refused = await viewer.SendAsync(HttpMethod.Post, $"{form}/exports", new { format = "csv", confidential = true });
        await refused.ShouldBeProblemAsync(403, "submission.confidential");

        var person = new ActorId(viewer.AccountId);
        await server.AssignAsync(person, RolePermissions.ConfidentialReader, village.Project, isHeld: true);
        var id = (await viewer.PostAsync($"{form}/exports", new { format = "csv", confidential = true }))["id"]!.GetValue<string>(); // an export has an id
        while ((await viewer.GetAsync($"/api/exports/{id}"))["state"]?.GetValue<string>() != "ready")
        {
            await Task.Delay(10, Token);
        }

        await server.AssignAsync(person, RolePermissions.ConfidentialReader, village.Project, isHeld: false);
        using var late = await viewer.SendAsync(HttpMethod.Get, $"/api/exports/{id}/file");
        await late.ShouldBeProblemAsync(403, "submission.confidential");
    }

    private static async Task<IReadOnlyList<string>> SeenAsync(Browser browser, SecretVillage village, string address)
    {
        using var response = await browser.SendAsync(HttpMethod.Get, address);
        var bytes = await response.Content.ReadAsByteArrayAsync(Token);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {address}");
        return Canaries.FindIn(bytes, village.All);
    }

    // An edit in between, so that there are versions, differences and a history; the marks are sent back as they came.
    private static async Task EditAsync(Browser editor, SecretVillage village, string edited)
    {
        var at = $"/v1/projects/{village.Project}/forms/{SecretVillage.FormId}/submissions/{village.InstanceId}";
        using var read = await editor.SendAsync(HttpMethod.Get, $"{at}.xml");
        var masked = await read.Content.ReadAsStringAsync(Token);
        var next = masked
            .Replace($"<orx:instanceID>{village.InstanceId}</orx:instanceID>", $"<orx:instanceID>{edited}</orx:instanceID><orx:deprecatedID>{village.InstanceId}</orx:deprecatedID>", StringComparison.Ordinal)
            .Replace(SecretVillage.Plain, SecretVillage.Plain + "-again", StringComparison.Ordinal);
        using var sent = await editor.SendAsync(HttpMethod.Put, at, new StringContent(next, Encoding.UTF8, "application/xml"));
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
    }

    private static Func<HttpRequestMessage, Task> With(Browser browser) => request =>
    {
        request.Headers.Add("Cookie", $"__Host-session={browser.Cookie}");
        return Task.CompletedTask;
    };

    private async Task<Browser> EditorAsync(long project)
    {
        var editor = await server.SignedInAsync(RolePermissions.Viewer, project);
        await server.AssignAsync(new ActorId(editor.AccountId), RolePermissions.ConfidentialEditor, project, isHeld: true);
        return editor;
    }

    private async Task<Func<HttpRequestMessage, Task>> TokenAsync(long project)
    {
        var (_, id) = await server.PersonAsync(RolePermissions.Manager, project);
        var actor = new Actor(id, ActorKind.Account, "Manager", Door.Web, null) { ConfirmedAt = server.Clock.GetUtcNow() };
        var wanted = new WantedToken(false, "Reading", ["read", "export"], [project], [], null);
        var made = await server.Services.GetRequiredService<CreateAccessToken>().RunAsync(actor, wanted, Token);
        return request =>
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", made.Secret);
            return Task.CompletedTask;
        };
    }

    private static IEnumerable<string> Addresses(SecretVillage village, string edited, ActorId person)
    {
        foreach (var operation in Operations.All.Where(operation => operation.Method == "GET"))
        {
            foreach (var (version, file) in new[] { (village.InstanceId, village.PhotoName), (edited, "audit.csv"), (edited, village.PhotoName) })
            {
                var address = Parameter().Replace(operation.Path, match => match.Groups["name"].Value switch
                {
                    "id" => person.ToString(),
                    "projectId" => village.Project.ToString(CultureInfo.InvariantCulture),
                    "formId" => SecretVillage.FormId,
                    "instanceId" => village.InstanceId,
                    "versionId" => version,
                    "version" => "1",
                    "table" => "Submissions",
                    "repeat" => "child",
                    "name" when operation.Path.Contains("/submissions/", StringComparison.Ordinal) => file,
                    _ => "1",
                });
                yield return address;
                yield return address + (operation.Document == "api" ? "?confidential=true" : "?$expand=*&$wkt=true");
                if (!operation.Path.Contains("{name}", StringComparison.Ordinal) && !operation.Path.Contains("{versionId}", StringComparison.Ordinal))
                {
                    break;
                }
            }
        }

        var form = $"/api/projects/{village.Project}/forms/{SecretVillage.FormId}";
        var svc = $"/v1/projects/{village.Project}/forms/{SecretVillage.FormId}.svc";
        foreach (var format in Formats)
        {
            yield return $"{form}/export?format={format}";
            yield return $"{form}/export?format={format}&confidential=true";
        }

        yield return $"{svc}/Submissions.child?$wkt=true";
        yield return $"{svc}/Submissions?$filter=secret eq '{village.Secret}'";
        yield return $"{svc}/Submissions?$orderby=secret";
        yield return $"{form}/rows?filter=contains(secret,'kan')";
    }

    [GeneratedRegex(@"\{(?<name>[^}:*]+)[^}]*\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();
}
