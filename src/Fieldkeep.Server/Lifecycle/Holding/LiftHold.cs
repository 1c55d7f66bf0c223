using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Holding;

namespace Fieldkeep.Server.Lifecycle.Holding;

/// <summary>Lifts a legal hold: what is due is erased again from then on.</summary>
internal sealed class LiftHold(Db db, Policy policy, Holds holds, ChangeLog changes, AuditLog audit)
{
    /// <summary>Lifts it.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>lifecycle.reason</c>, <c>hold.not_found</c>.
    /// </exception>
    public async Task RunAsync(Actor actor, ProjectRef project, long id, string? reason, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectHold, Scope.Of(project.Id), cancellationToken);
        policy.RequireConfirmed(actor);
        var why = LifecycleProblems.CheckReason(reason);
        await using var tx = await db.BeginAsync(cancellationToken);
        var lifted = await holds.LiftAsync(tx, actor, project, id, why, cancellationToken);
        var instance = await Holds.FindInstanceAsync(tx, project.Id, id, cancellationToken);
        var (kind, subject) = instance is null ? ("project", project.Id.ToString()) : ("submission", instance);
        await changes.AppendAsync(tx, actor, new Change("hold.lift", project, kind, subject, new { hold = id }, new { hold = (long?)null, reason = why }), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("hold.lift", project.Id, kind, subject, $"hold {id}"), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        holds.Note(lifted);
    }
}
