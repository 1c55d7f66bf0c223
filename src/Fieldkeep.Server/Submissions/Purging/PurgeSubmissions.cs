using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Holding;

namespace Fieldkeep.Server.Submissions.Purging;

/// <summary>
/// Deletes submissions for good: all versions, files, remarks, what was made of their answers. Their ids stay in the ledger and in the list of
/// what was purged. A step of the operations that decide what goes; those have asked for access. What a hold stands on is left.
/// </summary>
internal sealed class PurgeSubmissions(
    Db db, ChangeLog changes, AuditLog audit, DroppedBlobs dropped, IEnumerable<MadeOfAnswers> made, IEnumerable<KeptOfAnswers> kept, TimeProvider clock)
{
    /// <summary>So many at once: one transaction is some hundred milliseconds.</summary>
    public const int AtOnce = 100;

    private const string Lock = """
        select s.id, s.form_id, s.sequence, s.instance_id, s.is_draft from submissions.submissions s
        where s.id = any (@ids) and s.project_id = @project and (@before::timestamptz is null or s.deleted_at <= @before)
        """ + Holds.None + """
        order by s.id for update of s
        """;

    private const string Versions = """
        select submission_id, version, form_id, instance_id from submissions.versions
        where submission_id = any (@ids) order by submission_id, version
        """;

    private const string Note = """
        insert into submissions.purged (form_id, is_draft, instance_id, project_id, at)
        select v.form_id, s.is_draft, v.instance_id, s.project_id, @now
        from submissions.versions v join submissions.submissions s on s.id = v.submission_id
        where v.submission_id = any (@ids)
        on conflict do nothing
        """;

    // What was made to wait there would say that it changed; it is gone from there too.
    private const string Delete = """
        with files as (delete from submissions.attachments where submission_id = any (@ids) returning blob),
        versions as (delete from submissions.versions where submission_id = any (@ids) returning xml_blob),
        comments as (delete from submissions.comments where submission_id = any (@ids)),
        events as (delete from submissions.events where submission_id = any (@ids)),
        gone as (delete from submissions.submissions where id = any (@ids) returning id)
        select distinct blob from files where blob is not null
        union select xml_blob from versions where xml_blob is not null
        """;

    /// <summary>Deletes those of the submissions that are here and on no hold, in one transaction.</summary>
    /// <param name="why">A word for the ledger: <c>trash</c>, <c>retention</c>, <c>erasure</c>.</param>
    /// <param name="trashedBefore">Only what lies in the trash since then; null whether or not it does.</param>
    public async Task<PurgedCount> RunAsync(
        Actor actor,
        ProjectRef project,
        IReadOnlyCollection<SubmissionId> submissions,
        string why,
        DateTimeOffset? trashedBefore,
        CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        return await PurgeAsync(tx, actor, project, submissions, why, trashedBefore, null, cancellationToken);
    }

    /// <summary>Deletes as <see cref="RunAsync"/> does, with a report.</summary>
    /// <param name="report">Writes in the same transaction how much it was, even if it was nothing.</param>
    public async Task<PurgedCount> RunReportedAsync(
        Actor actor,
        ProjectRef project,
        IReadOnlyCollection<SubmissionId> submissions,
        string why,
        DateTimeOffset? trashedBefore,
        Func<Tx, PurgedCount, Task> report,
        CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        return await PurgeAsync(tx, actor, project, submissions, why, trashedBefore, report, cancellationToken);
    }

    /// <summary>Deletes submissions of a form that lies in the trash since before, in one transaction; nothing when somebody restored it.</summary>
    public async Task<PurgedCount> RunOfFormAsync(
        Actor actor,
        ProjectRef project,
        FormId form,
        DateTimeOffset formTrashedBefore,
        IReadOnlyCollection<SubmissionId> submissions,
        CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        return await TrashedForms.StaysTrashedAsync(tx, form, formTrashedBefore, cancellationToken)
            ? await PurgeAsync(tx, actor, project, submissions, "form", null, null, cancellationToken)
            : default;
    }

    private async Task<PurgedCount> PurgeAsync(
        Tx tx,
        Actor actor,
        ProjectRef project,
        IReadOnlyCollection<SubmissionId> submissions,
        string why,
        DateTimeOffset? trashedBefore,
        Func<Tx, PurgedCount, Task>? report,
        CancellationToken cancellationToken)
    {
        await Holds.ShareAsync(tx, project.Id, cancellationToken);
        var rows = await tx.ListAsync<LockedRow>(
            Lock, new { ids = Ids(submissions), project = project.Id, before = trashedBefore }, cancellationToken);
        if (rows.Count == 0)
        {
            return await EndAsync(tx, default, report, cancellationToken);
        }

        var ids = new { ids = rows.Select(row => row.Id.Value).ToArray(), now = clock.GetUtcNow() };
        var versions = await tx.ListAsync<VersionRow>(Versions, ids, cancellationToken);
        await tx.ExecuteAsync(Note, ids, cancellationToken);
        foreach (var row in rows.Where(row => !row.IsDraft))
        {
            foreach (var one in made)
            {
                await one.ForgetAsync(tx, row.FormId, row.Sequence, cancellationToken);
            }
        }

        var blobs = await tx.ListAsync<byte[]>(Delete, ids, cancellationToken);
        await dropped.NoteAsync(tx, blobs, areAlone: false, cancellationToken);
        var tests = rows.Where(row => row.IsDraft).Select(row => row.Id.Value).ToHashSet();
        await ChangeLog.AppendManyAsync(
            tx, [.. versions.Select(version => changes.Prepare(actor, ChangeOf(project, version, tests.Contains(version.SubmissionId), why)))], cancellationToken);
        await audit.AppendManyAsync(
            tx, [.. rows.Select(row => (actor, new AuditEvent("submission.purge", project.Id, "submission", row.InstanceId, why)))], cancellationToken);
        await AuditLog.ForgetNotesAsync(tx, project.Id, "submission", [.. versions.Select(version => version.InstanceId)], cancellationToken);
        foreach (var form in rows.Select(row => row.FormId).Distinct())
        {
            await KeptOfAnswers.TellAsync(tx, form, cancellationToken);
        }

        await EndAsync(tx, new PurgedCount(rows.Count, versions.Count, blobs.Count), report, cancellationToken);
        foreach (var form in rows.Select(row => row.FormId).Distinct())
        {
            foreach (var one in kept)
            {
                await one.DropAsync(form);
            }
        }

        return new PurgedCount(rows.Count, versions.Count, blobs.Count);
    }

    private static async Task<PurgedCount> EndAsync(
        Tx tx, PurgedCount purged, Func<Tx, PurgedCount, Task>? report, CancellationToken cancellationToken)
    {
        if (report is not null)
        {
            await report(tx, purged);
        }

        await tx.CommitAsync(cancellationToken);
        return purged;
    }

    // One for each version, under the id it came with: verifying finds it where the entry of its coming is.
    private static Change ChangeOf(ProjectRef project, VersionRow version, bool isDraft, string why) => new(
        "submission.purge",
        project,
        "submission",
        version.InstanceId,
        new { submission = version.SubmissionId, form = version.FormId.Value, version = version.Version },
        new { submission = version.SubmissionId, form = version.FormId.Value, version = version.Version, draft = isDraft, why });

    private static Guid[] Ids(IEnumerable<SubmissionId> submissions) => [.. submissions.Select(one => one.Value).Order()];

    private sealed record LockedRow(SubmissionId Id, FormId FormId, long Sequence, string InstanceId, bool IsDraft);

    private sealed record VersionRow(Guid SubmissionId, int Version, FormId FormId, string InstanceId);
}

/// <summary>How much was deleted.</summary>
/// <param name="Files">Files of bytes, photos and large instances.</param>
internal readonly record struct PurgedCount(int Submissions, int Versions, int Files)
{
    /// <summary>Adds up.</summary>
    public static PurgedCount operator +(PurgedCount one, PurgedCount other) =>
        new(one.Submissions + other.Submissions, one.Versions + other.Versions, one.Files + other.Files);
}
