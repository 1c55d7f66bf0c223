using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Lifecycle.Retention;

/// <summary>Takes a retention rule back: it does nothing from then on, and what it did stays done.</summary>
internal sealed class EndRetentionRule(Db db, Policy policy, RetentionBooks books, TimeProvider clock)
{
    /// <summary>Takes it back.</summary>
    /// <param name="version">The rule's version that is meant.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>retention.not_found</c>, <c>retention.outdated</c>.
    /// </exception>
    public async Task RunAsync(Actor actor, ProjectRef project, long id, int? version, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SubmissionErase, Scope.Of(project.Id), cancellationToken);
        policy.RequireConfirmed(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        var rule = await RetentionRows.GetAsync(tx, project.Id, id, version, cancellationToken);
        await RetentionRows.EndAsync(tx, actor, rule.Id, clock.GetUtcNow(), cancellationToken);
        await books.EndedAsync(tx, actor, project, rule, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
