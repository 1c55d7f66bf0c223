using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Ledger;

/// <summary>Reads entries about settings and permissions with their opened bodies. Callers check access first.</summary>
internal sealed class ReadEntries(Db db, Keyring keyring)
{
    private const string Columns = """
        select e.id, e.at, e.actor_id as actor, e.door, e.action, e.project_id as project, e.subject_kind, e.subject_id, e.row_id, e.body
        from ledger.entries e
        where (e.project_id = @project or (@project::bigint is null and e.project_id is null)) and e.subject_kind <> 'submission'
        """;

    private const string Newest = Columns + """
         and split_part(e.action, '.', 1) = any (@families) and not (e.action = any (@hidden))
            and (@before::bigint is null or e.id < @before)
            and (@action::text is null or e.action = @action)
            and (@actor::bigint is null or e.actor_id = @actor)
            and (@kind::text is null or (e.subject_kind = @kind and (@subject::text is null or e.subject_id = @subject)))
            and (@since::timestamptz is null or e.at >= @since) and (@until::timestamptz is null or e.at < @until)
        order by e.id desc limit @limit
        """;

    private const string One = Columns + " and e.id = @id";

    private const string Later = Columns + """
         and e.id > @id and (@before::bigint is null or e.id < @before) and e.action = any (@actions) and (@subject::text is null or e.subject_id = @subject)
        order by e.id desc limit @limit
        """;

    private const string Until = Columns + """
         and split_part(e.action, '.', 1) = any (@families) and e.at <= @at and e.id > @after
        order by e.id limit @limit
        """;

    private const int FoldedAtOnce = 1_000;
    private const int LookedAtAtOnce = 200;

    /// <summary>Lists entries, newest first.</summary>
    /// <param name="project">The project; null for what belongs to none.</param>
    public async Task<IReadOnlyList<PastEntry>> ListAsync(
        ProjectRef? project, EntryFilter filter, int limit, CancellationToken cancellationToken)
    {
        var arguments = new
        {
            project = project?.Id.Value,
            families = filter.Families,
            hidden = filter.Hidden,
            before = filter.Before,
            action = filter.Action,
            actor = filter.Actor,
            kind = filter.Kind,
            subject = filter.Subject,
            since = filter.Since,
            until = filter.Until,
            limit,
        };
        return [.. (await db.ListAsync<Row>(Newest, arguments, cancellationToken)).Select(row => Open(project, row))];
    }

    /// <summary>Finds an entry of a project, or of none; null when it is of another, or about a submission.</summary>
    public async Task<PastEntry?> FindAsync(ProjectRef? project, long id, CancellationToken cancellationToken) =>
        await db.FindAsync<Row>(One, new { project = project?.Id.Value, id }, cancellationToken) is { } row ? Open(project, row) : null;

    /// <summary>Finds the newest entry of some actions that came after one and is what is asked for; null for none.</summary>
    /// <param name="subject">Whom or what they are about; null for all.</param>
    public async Task<PastEntry?> FindNewestAfterAsync(
        ProjectRef? project, long id, string[] actions, string? subject, Func<PastEntry, bool> isMeant, CancellationToken cancellationToken)
    {
        long? before = null;
        while (true)
        {
            var arguments = new { project = project?.Id.Value, id, before, actions, subject, limit = LookedAtAtOnce };
            var some = await db.ListAsync<Row>(Later, arguments, cancellationToken);
            if (some.Select(row => Open(project, row)).FirstOrDefault(isMeant) is { } found)
            {
                return found;
            }

            if (some.Count < LookedAtAtOnce)
            {
                return null;
            }

            before = some[^1].Id;
        }
    }

    /// <summary>Streams the entries of a project, or of none, up to an instant, oldest first.</summary>
    public async IAsyncEnumerable<PastEntry> StreamUntilAsync(
        ProjectRef? project,
        string[] families,
        DateTimeOffset at,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = 0L;
        while (true)
        {
            var some = await db.ListAsync<Row>(
                Until, new { project = project?.Id.Value, families, at, after, limit = FoldedAtOnce }, cancellationToken);
            foreach (var row in some)
            {
                yield return Open(project, row);
            }

            if (some.Count < FoldedAtOnce)
            {
                yield break;
            }

            after = some[^1].Id;
        }
    }

    // A body that does not open, or was sealed for other columns, tells nothing: "fieldkeep verify" names it.
    private PastEntry Open(ProjectRef? project, Row row)
    {
        var context = new EnvelopeContext(keyring.InstallationId, project?.Key ?? Guid.Empty, ChangeLog.BodyColumn, row.RowId, 1);
        JsonElement? body = null;
        try
        {
            var plain = project is null
                ? Envelope.Open(keyring.InstallationKey, EnvelopePurpose.LedgerEntry, context, row.Body)
                : Envelope.Open(keyring.GetProjectKeys(project.Key), EnvelopePurpose.LedgerEntry, context, row.Body);
            var told = JsonSerializer.Deserialize<JsonElement>(plain);
            var facts = new EntryFacts(EntryFacts.Microseconds(row.At), row.Actor, row.Door, row.Action, row.SubjectKind, row.SubjectId);
            body = !told.TryGetProperty("of", out var of) || of.Deserialize<EntryFacts>(JsonSerializerOptions.Web) == facts ? told : null;
        }
        catch (VaultException)
        {
            // As above.
        }

        return new PastEntry(
            row.Id,
            row.At,
            new ActorId(row.Actor),
            row.Door,
            row.Action,
            row.Project,
            row.SubjectKind,
            row.SubjectId,
            PartOf(body, "before"),
            PartOf(body, "after"),
            body is not null);
    }

    private static JsonElement? PartOf(JsonElement? body, string name) =>
        body is { } told && told.TryGetProperty(name, out var part) && part.ValueKind != JsonValueKind.Null ? part : null;

    private sealed record Row(
        long Id,
        DateTimeOffset At,
        long Actor,
        string Door,
        string Action,
        long? Project,
        string SubjectKind,
        string SubjectId,
        Guid RowId,
        byte[] Body);
}

/// <summary>Which entries are asked for; null for all.</summary>
/// <param name="Families">The first words of actions.</param>
/// <param name="Hidden">Actions that are told nowhere.</param>
/// <param name="Before">Only those with a lower number.</param>
internal sealed record EntryFilter(
    string[] Families,
    string[] Hidden,
    long? Before = null,
    string? Action = null,
    long? Actor = null,
    string? Kind = null,
    string? Subject = null,
    DateTimeOffset? Since = null,
    DateTimeOffset? Until = null);

/// <summary>An entry with what was before and after.</summary>
/// <param name="Project">Null for what belongs to none.</param>
/// <param name="IsReadable">Whether its body opened and is this entry's.</param>
internal sealed record PastEntry(
    long Id,
    DateTimeOffset At,
    ActorId Actor,
    string Door,
    string Action,
    long? Project,
    string SubjectKind,
    string SubjectId,
    JsonElement? Before,
    JsonElement? After,
    bool IsReadable);
