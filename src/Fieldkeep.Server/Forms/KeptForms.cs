using System.Globalization;
using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Forms;

/// <summary>Forms, versions and flags as they are kept for when the database is away; the XForms, which never change, in a file each.</summary>
internal sealed class KeptForms(KeptFolder folder)
{
    private const string Prefix = "form-";

    private const string AllForms = """
        select id, project_id, xml_form_id, state, current_version_id, draft_version_id from forms.forms where deleted_at is null order by id
        """;

    private const string AllVersions = """
        select v.id, v.form_id, v.version, f.project_id from forms.versions v
        join forms.forms f on f.id = v.form_id
        where f.deleted_at is null and f.state <> 'closed' and v.published_at is not null
        order by v.id
        """;

    private const string AllFlags = """
        select id, form_id, path, radius, kind, takes_effect_at from forms.confidential_flags where withdrawn_at is null order by id
        """;

    private const string XFormOf = "select form_id, version, xform from forms.versions where id = @version";

    /// <summary>Forms that are not in the trash, by project.</summary>
    public KeptRows<KeptForm> Forms { get; } = new("forms.forms", AllForms, form => $"{form.ProjectId}");

    /// <summary>Published versions of forms that are not closed, by project.</summary>
    public KeptRows<KeptVersion> Versions { get; } = new("forms.versions", AllVersions, version => $"{version.ProjectId}");

    /// <summary>What was said about confidential questions, by form.</summary>
    public KeptRows<KeptFlag> Flags { get; } = new("forms.confidential_flags", AllFlags, flag => $"{flag.FormId}");

    /// <summary>Gives the forms of a project by the ids that phones use.</summary>
    public IReadOnlyDictionary<string, CatalogueForm> FormsOf(ProjectId project)
    {
        var versions = Versions.Find($"{project}").ToLookup(version => version.FormId);
        return Forms.Find($"{project}").ToDictionary(
            form => form.XmlFormId,
            form => new CatalogueForm(
                new FormId(form.Id),
                form.XmlFormId,
                Enum.Parse<FormState>(form.State, ignoreCase: true),
                form.CurrentVersionId is { } current ? new FormVersionId(current) : null,
                form.DraftVersionId is { } draft ? new FormVersionId(draft) : null,
                versions[form.Id].ToDictionary(version => version.Version, version => new FormVersionId(version.Id))),
            StringComparer.Ordinal);
    }

    /// <summary>Finds a version's XForm; null when it is not kept.</summary>
    public KeptXForm? Find(FormVersionId version) =>
        folder.Find(NameOf(version.Value)) is { } json ? JsonSerializer.Deserialize<KeptXForm>(json) : null;

    /// <summary>Counts the flags of a form that have taken effect.</summary>
    public int CountFlags(FormId form, DateTimeOffset now) => Flags.Find($"{form}").Count(flag => flag.TakesEffectAt <= now);

    /// <summary>Gives the flags of a form that count: of each path the last that took effect.</summary>
    public IEnumerable<KeptFlag> FlagsInEffect(FormId form, DateTimeOffset now) => Flags.Find($"{form}")
        .Where(flag => flag.TakesEffectAt <= now)
        .GroupBy(flag => flag.Path, StringComparer.Ordinal)
        .Select(flags => flags.OrderBy(flag => flag.TakesEffectAt).ThenBy(flag => flag.Id).Last());

    /// <summary>Keeps the XForms of the versions that are there now, and no others.</summary>
    public async Task KeepXFormsAsync(Db db, CancellationToken cancellationToken)
    {
        var wanted = Versions.All.ToDictionary(version => NameOf(version.Id), version => version.Id, StringComparer.Ordinal);
        var kept = folder.List().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, version) in wanted.Where(version => !kept.Contains(version.Key)))
        {
            if (await db.FindAsync<KeptXForm>(XFormOf, new { version }, cancellationToken) is { } xform)
            {
                folder.Put(name, JsonSerializer.SerializeToUtf8Bytes(xform));
            }
        }

        foreach (var name in kept.Where(name => !wanted.ContainsKey(name)))
        {
            folder.Remove(name);
        }
    }

    private static string NameOf(long version) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{version}");
}

/// <summary>A form.</summary>
internal sealed record KeptForm
{
    public long Id { get; init; }

    public long ProjectId { get; init; }

    public string XmlFormId { get; init; } = "";

    public string State { get; init; } = "";

    public long? CurrentVersionId { get; init; }

    public long? DraftVersionId { get; init; }
}

/// <summary>A version of a form.</summary>
internal sealed record KeptVersion
{
    public long Id { get; init; }

    public long FormId { get; init; }

    public string Version { get; init; } = "";

    public long ProjectId { get; init; }
}

/// <summary>What was said about a question.</summary>
internal sealed record KeptFlag
{
    public long Id { get; init; }

    public long FormId { get; init; }

    public string Path { get; init; } = "";

    public double? Radius { get; init; }

    public string Kind { get; init; } = "";

    public DateTimeOffset TakesEffectAt { get; init; }
}

/// <summary>The XForm of a version.</summary>
internal sealed record KeptXForm
{
    public long FormId { get; init; }

    public string Version { get; init; } = "";

    public string Xform { get; init; } = "";
}
