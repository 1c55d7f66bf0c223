using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Stages;

namespace Fieldkeep.Server.Submissions.Editing;

/// <summary>Brings a submission back from the trash, as it was.</summary>
internal sealed class RestoreSubmission(
    FindSubmissions find, StageGate gate, Db db, SubmissionBooks books)
{
    private const string Lock = """
        select id, deleted_at from submissions.submissions s
        where form_id = @form and is_draft = @draft and instance_id = @instance and deleted_at is not null
        """ + VisibleRows.Limit + """
        for update
        """;

    private const string Restore = "update submissions.submissions set deleted_at = null where id = @submission";

    /// <summary>Brings it back.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_in_trash</c>.
    /// </exception>
    public async Task RunAsync(
        Actor actor, ProjectRef project, SubmissionPlace place, string? notes, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionDelete, project, place.XmlFormId, place.IsDraft, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var deployments = await gate.HoldAsync(tx, project, set.Form, cancellationToken);
        var keys = new { form = set.Form, draft = set.IsDraft, instance = place.InstanceId };
        var row = await tx.FindAsync<TrashedRow>(VisibleRows.In(Lock, set.Rows), VisibleRows.Arguments(keys, set.Rows), cancellationToken)
            ?? throw SubmissionReadProblems.NotInTrash(place.InstanceId);
        await tx.ExecuteAsync(Restore, new { submission = row.Id }, cancellationToken);
        if (await gate.FindAsync(tx, deployments, actor, row.Id, cancellationToken) is { } gated)
        {
            await gate.RestoreAsync(tx, actor, gated, notes, cancellationToken);
        }

        var change = new Change(
            "submission.restore",
            project,
            "submission",
            place.InstanceId,
            new { deletedAt = (DateTimeOffset?)row.DeletedAt },
            new { deletedAt = (DateTimeOffset?)null, form = set.Form.Value, draft = set.IsDraft });
        var act = new SubmissionAct(row.Id, SubmissionEvents.Restored, new EventBody(notes, null), change, Detail: null);
        await books.AppendAsync(tx, actor, project, act, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    private sealed record TrashedRow(SubmissionId Id, DateTimeOffset DeletedAt);
}
