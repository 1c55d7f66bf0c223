using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Editing;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Holding;

namespace Fieldkeep.Server.Submissions.Purging;

/// <summary>
/// Moves submissions whose days are over to the trash, which is emptied by its own clock. A step of the operation that decides which; what a hold
/// stands on is left.
/// </summary>
internal sealed class TrashOverdue(Db db, SubmissionBooks books, TimeProvider clock)
{
    private const string Trash = """
        with due as (
            select s.id from submissions.submissions s
            where s.id = any (@ids) and s.project_id = @project and s.deleted_at is null
        """ + Holds.None + """
            order by s.id for update of s)
        update submissions.submissions s set deleted_at = @now from due where s.id = due.id
        returning s.id, s.instance_id, s.current_version, s.form_id, s.is_draft
        """;

    /// <summary>Moves them in one transaction; gives how many there were left to move.</summary>
    /// <param name="noteAsync">Goes into the same transaction, with their number.</param>
    public async Task<int> RunAsync(
        Actor actor,
        ProjectRef project,
        IReadOnlyCollection<SubmissionId> submissions,
        Func<Tx, int, CancellationToken, Task> noteAsync,
        CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var tx = await db.BeginAsync(cancellationToken);
        await Holds.ShareAsync(tx, project.Id, cancellationToken);
        var moved = await tx.ListAsync<MovedRow>(
            Trash, new { ids = submissions.Select(one => one.Value).ToArray(), project = project.Id, now }, cancellationToken);
        await books.AppendManyAsync(tx, actor, project, [.. moved.Select(row => ActOf(project, row, now))], cancellationToken);
        await noteAsync(tx, moved.Count, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return moved.Count;
    }

    private static SubmissionAct ActOf(ProjectRef project, MovedRow row, DateTimeOffset now) => new(
        row.Id,
        SubmissionEvents.Trashed,
        new EventBody(null, null),
        new Change(
            "submission.trash",
            project,
            "submission",
            row.InstanceId,
            new { deletedAt = (DateTimeOffset?)null, version = row.CurrentVersion },
            new { deletedAt = now, version = row.CurrentVersion, form = row.FormId.Value, draft = row.IsDraft, why = "retention" }),
        Detail: "retention");

    private sealed record MovedRow(SubmissionId Id, string InstanceId, int CurrentVersion, FormId FormId, bool IsDraft);
}
