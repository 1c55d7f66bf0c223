using Fieldkeep.Server.Database;
using Fieldkeep.Server.Ledger.Verification;
using Npgsql;

namespace Fieldkeep.Server.Submissions.Proofs;

/// <summary>Finds versions that the ledger tells of, that are not there, and that no entry tells were purged. Rows are streamed; writes nothing.</summary>
internal sealed class MissingSubmissions(Db db, EntryBodies bodies, Findings findings)
{
    private const string Columns = "select e.id, e.subject_id, e.project_id, e.at, e.row_id, e.body, p.rows, p.bodies";

    private const string Purges = """
        left join lateral (
            select array_agg(p.row_id order by p.id) as rows, array_agg(p.body order by p.id) as bodies
            from ledger.entries_view p
            where p.subject_kind = 'submission' and p.subject_id = e.subject_id and p.project_id = e.project_id
              and p.action = 'submission.purge' and p.id > e.id) p on true
        """;

    private const string Coming = "e.subject_kind = 'submission' and e.action in ('submission.create', 'submission.edit', 'submission.recover') and e.project_id is not null";

    private const string Gone = $"""
        {Columns}, null::bigint[] as forms, null::int[] as versions
        from ledger.entries_view e {Purges}
        where {Coming}
          and not exists (
            select from submissions.versions v join submissions.submissions s on s.id = v.submission_id
            where v.instance_id = e.subject_id and s.project_id = e.project_id)
        order by e.project_id, e.subject_id, e.id
        """;

    // Several came under one id, to other forms of the project or as a test: that one is there says nothing of the others, and each needs its own.
    private const string OneOfSeveral = $"""
        {Columns}, h.forms, h.versions
        from (
            select e.project_id, e.subject_id from ledger.entries_view e where {Coming} group by 1, 2 having count(*) > 1) several
        join ledger.entries_view e on e.project_id = several.project_id and e.subject_id = several.subject_id
        {Purges}
        join lateral (
            select array_agg(v.form_id) as forms, array_agg(v.version) as versions
            from submissions.versions v join submissions.submissions s on s.id = v.submission_id
            where v.instance_id = e.subject_id and s.project_id = e.project_id) h on h.forms is not null
        where {Coming}
        order by e.project_id, e.subject_id, e.id
        """;

    private readonly List<(long Form, int Version)> _here = [];
    private readonly HashSet<Guid> _used = [];
    private (long Project, string InstanceId) _of;

    /// <summary>Does it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var statement in (string[])[Gone, OneOfSeveral])
        {
            await foreach (var told in db.StreamAsync(statement, _ => { }, Read, cancellationToken))
            {
                Reach(told);
                if (!bodies.IsErased(told.Project) && !IsAnswered(told))
                {
                    findings.Add(new Finding(
                        "submission.missing",
                        $"Submission {told.InstanceId} is gone: entry {told.Entry} tells that it was stored at {told.At:u}, and none that it was removed.")
                    {
                        Entry = told.Entry,
                        Submission = told.InstanceId,
                    });
                }
            }
        }
    }

    private void Reach(ToldSubmission told)
    {
        if (_of != (told.Project, told.InstanceId))
        {
            _of = (told.Project, told.InstanceId);
            _used.Clear();
            _here.Clear();
            _here.AddRange(told.Here);
        }
    }

    private bool IsAnswered(ToldSubmission told) =>
        bodies.Open(told.Project, told.Row, told.Body, out var coming) == BodyState.Opened && coming is not null
        && (!VersionEntry.TellsContent(coming) || IsPurged(told, coming) || IsHere(coming));

    // Each purge answers for one entry.
    private bool IsPurged(ToldSubmission told, byte[] coming) =>
        told.Purges.Any(purge =>
            !_used.Contains(purge.Row)
            && bodies.Open(told.Project, purge.Row, purge.Body, out var going) == BodyState.Opened && going is not null
            && VersionEntry.IsOfSame(coming, going) && _used.Add(purge.Row));

    // Each version that is there answers for one entry.
    private bool IsHere(byte[] coming)
    {
        var at = _here.FindIndex(here => VersionEntry.IsOf(coming, here.Form, here.Version));
        if (at >= 0)
        {
            _here.RemoveAt(at);
        }

        return at >= 0;
    }

    private static ToldSubmission Read(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        row.GetInt64(2),
        row.GetFieldValue<DateTimeOffset>(3),
        row.GetGuid(4),
        row.GetFieldValue<byte[]>(5),
        row.IsDBNull(6) ? [] : [.. row.GetFieldValue<Guid[]>(6).Zip(row.GetFieldValue<byte[][]>(7))],
        row.IsDBNull(8) ? [] : [.. row.GetFieldValue<long[]>(8).Zip(row.GetFieldValue<int[]>(9))]);

    private sealed record ToldSubmission(
        long Entry,
        string InstanceId,
        long Project,
        DateTimeOffset At,
        Guid Row,
        byte[] Body,
        IReadOnlyList<(Guid Row, byte[] Body)> Purges,
        IReadOnlyList<(long Form, int Version)> Here);
}
