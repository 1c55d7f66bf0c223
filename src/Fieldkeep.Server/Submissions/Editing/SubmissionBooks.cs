using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.History;

namespace Fieldkeep.Server.Submissions.Editing;

/// <summary>Writes what was done to a submission into all three books: its history, the ledger and the audit book.</summary>
internal sealed class SubmissionBooks(SubmissionEvents events, ChangeLog changes, AuditLog audit)
{
    /// <summary>Writes one act in one round trip, in the caller's transaction.</summary>
    public Task AppendAsync(Tx tx, Actor actor, ProjectRef project, SubmissionAct act, CancellationToken cancellationToken) =>
        AppendManyAsync(tx, actor, project, [act], cancellationToken);

    /// <summary>Writes up to a few hundred acts in one round trip, in the caller's transaction.</summary>
    public Task AppendManyAsync(
        Tx tx, Actor actor, ProjectRef project, IReadOnlyList<SubmissionAct> acts, CancellationToken cancellationToken) =>
        tx.TogetherAsync(
            async () =>
            {
                foreach (var act in acts)
                {
                    var prepared = events.Prepare(project, actor, act.Happened, act.Body);
                    await SubmissionEvents.AppendAsync(tx, act.Submission, null, prepared, cancellationToken);
                }

                await ChangeLog.AppendManyAsync(tx, [.. acts.Select(act => changes.Prepare(actor, act.Change))], cancellationToken);
                await audit.AppendManyAsync(tx, [.. acts.Select(act => (actor, LineOf(project, act)))], cancellationToken);
            },
            cancellationToken);

    private static AuditEvent LineOf(ProjectRef project, SubmissionAct act) =>
        new(act.Change.Action, project.Id, act.Change.SubjectKind, act.Change.SubjectId, act.Detail);
}

/// <summary>What was done to a submission, for its books.</summary>
/// <param name="Submission">Whose history it stands in.</param>
/// <param name="Happened">What the history calls it; one of <see cref="SubmissionEvents"/>.</param>
/// <param name="Body">What the history says about it.</param>
/// <param name="Change">Before and after, for the ledger; its action and subject stand in the audit book too.</param>
/// <param name="Detail">What the audit book says about it beyond that. Not an answer: it is kept in clear.</param>
internal sealed record SubmissionAct(SubmissionId Submission, string Happened, EventBody Body, Change Change, string? Detail);
