using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Holding;

namespace Fieldkeep.Server.Lifecycle.Holding;

/// <summary>Places a legal hold on a project or on one submission: nothing of it is erased until the hold is lifted.</summary>
internal sealed class PlaceHold(Db db, Policy policy, Holds holds, HeldSubmissions submissions, ChangeLog changes, AuditLog audit)
{
    /// <summary>Places it; gives its number.</summary>
    /// <param name="on">The submission, in the trash or not; null for the whole project.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>, <c>lifecycle.reason</c>, <c>hold.standing</c>,
    /// <c>hold.too_many</c>.
    /// </exception>
    public async Task<long> RunAsync(Actor actor, ProjectRef project, SubmissionPlace? on, string? reason, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectHold, Scope.Of(project.Id), cancellationToken);
        var why = LifecycleProblems.CheckReason(reason);
        var submission = on is null ? (SubmissionId?)null : await submissions.GetAsync(actor, project, on, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var id = await holds.PlaceAsync(tx, actor, project, submission, why, cancellationToken);
        var (kind, subject) = on is null ? ("project", project.Id.ToString()) : ("submission", on.InstanceId);
        await changes.AppendAsync(tx, actor, new Change("hold.place", project, kind, subject, null, new { hold = id, reason = why }), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("hold.place", project.Id, kind, subject, $"hold {id}"), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        holds.TellTargets();
        return id;
    }
}
