using System.Runtime.CompilerServices;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Audit;

/// <summary>Finds lines of the audit book, newest first. Callers check access first.</summary>
internal sealed class AuditSearch(Db db, AuditNotes notes)
{
    private const int SliceRows = 500;

    private const string Matching = """
        select id, at, actor_id, actor_kind, action, project_id, subject_kind, subject_id, detail, notes_row, notes
        from audit.events
        where (@everything or project_id = any (@projects) or (@with_server and project_id is null))
            and id < @before
            and (@from::timestamptz is null or at >= @from)
            and (@until::timestamptz is null or at < @until)
            and (@actor::bigint is null or actor_id = @actor)
            and (not @by_action or @excluded <> exists (
                select from unnest(@actions::text[], @kinds::text[]) as wanted (action, kind)
                where wanted.action = events.action and wanted.kind in ('', events.subject_kind)))
        order by id desc
        offset @offset
        limit @limit
        """;

    private const string OfSubjects = """
        select id, at, actor_id, actor_kind, action, project_id, subject_kind, subject_id, detail, notes_row, notes
        from audit.events
        where subject_kind = @kind and subject_id = any (@subjects) and project_id = @project
        order by id desc
        limit 10000
        """;

    /// <summary>Gives a part of the lines that match; read in slices, so a slow taker holds nothing.</summary>
    public async IAsyncEnumerable<IReadOnlyList<AuditEntry>> ReadAsync(
        AuditFilter filter, long offset, long limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (before, skip) = (long.MaxValue, offset);
        for (var left = limit; left > 0;)
        {
            var wanted = (int)Math.Min(left, SliceRows);
            var slice = await ListAsync(filter, before, skip, wanted, cancellationToken);
            if (slice.Count > 0)
            {
                yield return slice;
                (before, skip) = (slice[^1].Id, 0);
            }

            if (slice.Count < wanted)
            {
                yield break;
            }

            left -= slice.Count;
        }
    }

    /// <summary>Gives the newest 10,000 lines about a few things of one kind, such as a submission under each of its instance ids.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ListOfSubjectsAsync(
        ProjectId project, string kind, IReadOnlyList<string> subjects, CancellationToken cancellationToken)
    {
        var arguments = new { project = project.Value, kind, subjects = subjects.ToArray() };
        return Opened(await db.ListAsync<Row>(OfSubjects, arguments, cancellationToken));
    }

    private async Task<IReadOnlyList<AuditEntry>> ListAsync(
        AuditFilter filter, long before, long offset, int limit, CancellationToken cancellationToken) =>
        Opened(await db.ListAsync<Row>(
            Matching,
            new
            {
                everything = filter.Projects is null,
                projects = filter.Projects?.ToArray() ?? [],
                with_server = filter.HasServer,
                before,
                from = filter.From,
                until = filter.Until,
                actor = filter.Actor,
                by_action = filter.Actions is not null,
                excluded = filter.Actions?.IsExcluded ?? false,
                actions = filter.Actions?.Names.Select(name => name.Action).ToArray() ?? [],
                kinds = filter.Actions?.Names.Select(name => name.SubjectKind).ToArray() ?? [],
                offset,
                limit,
            },
            cancellationToken));

    private List<AuditEntry> Opened(IReadOnlyList<Row> rows) =>
    [
        .. rows.Select(row => new AuditEntry(
            row.Id,
            row.At,
            row.ActorId,
            row.ActorKind,
            row.Action,
            row.ProjectId,
            row.SubjectKind,
            row.SubjectId,
            row.Detail,
            notes.Open(row.NotesRow, row.Notes))),
    ];

    private sealed record Row(
        long Id,
        DateTimeOffset At,
        long ActorId,
        string ActorKind,
        string Action,
        long? ProjectId,
        string SubjectKind,
        string SubjectId,
        string? Detail,
        Guid? NotesRow,
        byte[]? Notes);
}
