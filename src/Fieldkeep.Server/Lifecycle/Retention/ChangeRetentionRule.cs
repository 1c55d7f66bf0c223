using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Lifecycle.Retention;

/// <summary>Changes the days of a retention rule: fewer days count after a notice, and until then those of before.</summary>
internal sealed class ChangeRetentionRule(
    Db db, Policy policy, FindRowLimits limits, RetentionBooks books, RetentionLetters letters, TimeProvider clock)
{
    /// <summary>Changes it; gives it as it is then.</summary>
    /// <param name="version">The rule's version that is changed.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>retention.days</c>, <c>retention.not_found</c>,
    /// <c>retention.outdated</c>.
    /// </exception>
    public async Task<RetentionRule> RunAsync(
        Actor actor, ProjectRef project, long id, int? days, int? version, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SubmissionErase, Scope.Of(project.Id), cancellationToken);
        await limits.RequireAllAsync(actor, project.Id, cancellationToken);
        policy.RequireConfirmed(actor);
        var wanted = WantedRule.CheckDays(days);
        var now = clock.GetUtcNow();
        await using var tx = await db.BeginAsync(cancellationToken);
        var before = await RetentionRows.GetAsync(tx, project.Id, id, version, cancellationToken);
        if (before.Days == wanted)
        {
            return before;
        }

        var after = before.With(wanted, actor, now);
        await RetentionRows.WriteAsync(tx, after, cancellationToken);
        await books.ChangedAsync(tx, actor, project, before, after, cancellationToken);
        if (after.IsPendingAt(now))
        {
            await letters.SetAsync(tx, project, after, cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        return after;
    }
}
