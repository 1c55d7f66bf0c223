using Fieldkeep.Server.Access;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Submissions.Stages;

namespace Fieldkeep.Server.Submissions;

/// <summary>
/// Finds which submissions of a form an actor's roles reach: the union of what each lets through, and never more than they see. The policy
/// decides that they may at all.
/// </summary>
internal sealed class FindRowLimits(Policy policy, RowConditionStore conditions, DeploymentCatalogue catalogue)
{
    /// <summary>Gives the limits of someone who asks to do something with submissions of a form.</summary>
    public async Task<RowLimits> OfAsync(
        Actor actor, Permission permission, ProjectId project, FormId form, CancellationToken cancellationToken)
    {
        switch (permission)
        {
            case Permission.SubmissionList or Permission.SubmissionRead:
                return new RowLimits(await RulesAsync(actor, permission, project, form, cancellationToken), RowRules.All);
            case Permission.SubmissionCreate:
                // Whoever sends completes what they sent themselves, and knows of nothing else.
                return new RowLimits(RowRules.OwnOf(actor.Id), RowRules.All);
            default:
                var seen = await RulesAsync(actor, Permission.SubmissionRead, project, form, cancellationToken);
                return new RowLimits(seen, await RulesAsync(actor, permission, project, form, cancellationToken));
        }
    }

    /// <summary>Tells whether an actor sees that all submissions of a project are there, those of forms to come too.</summary>
    public async Task<bool> SeesAllAsync(Actor actor, ProjectId project, CancellationToken cancellationToken) =>
        IsUnlimited(
            await policy.DecideAsync(actor, Permission.SubmissionList, Scope.Of(project), cancellationToken),
            await catalogue.HasAnyAsync(project, cancellationToken));

    /// <summary>Refuses whoever sees some of the submissions of a project only: what is asked is about all, and would tell of the others.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task RequireAllAsync(Actor actor, ProjectId project, CancellationToken cancellationToken)
    {
        if (!await SeesAllAsync(actor, project, cancellationToken))
        {
            throw AccessProblems.Denied();
        }
    }

    private async Task<RowRules> RulesAsync(
        Actor actor, Permission permission, ProjectId project, FormId form, CancellationToken cancellationToken)
    {
        var decision = await policy.DecideAsync(actor, permission, project, form, cancellationToken);
        var deployments = await catalogue.FindAsync(form, cancellationToken);
        if (IsUnlimited(decision, deployments is not null))
        {
            return RowRules.All;
        }

        // Of a role limited in two ways nobody said which one is meant: it shows nothing.
        var limited = decision.Because
            .Where(role => role.IsOwn != (role.Condition is not null) && role.Scope.Kind is not (ScopeKind.Deployment or ScopeKind.Stage))
            .Where(role => deployments is null || !DeployedRows.IsSettledOnly(role))
            .ToList();
        var rules = new RowRules(
            false,
            limited.Exists(role => role.IsOwn) ? actor.Id : null,
            await ReadyAsync(form, limited.Select(role => role.Condition).OfType<long>(), cancellationToken));
        if (deployments is null)
        {
            return rules;
        }

        var deployed = DeployedRows.Of(actor, decision.Because, deployments);
        return rules with
        {
            Deployed = deployed with { SettledConditions = await ReadyAsync(form, deployed.SettledConditions, cancellationToken) },
        };
    }

    private async Task<IReadOnlyList<long>> ReadyAsync(FormId form, IEnumerable<long> named, CancellationToken cancellationToken)
    {
        var distinct = named.Distinct().ToList();
        return distinct.Count == 0 ? [] : await conditions.ListReadyAsync(form, distinct, cancellationToken);
    }

    // Where there are deployments, whoever only reads sees what is settled.
    private static bool IsUnlimited(Decision decision, bool hasDeployments) =>
        decision.IsAllowed
        && (decision.IsOfServer
            || decision.Because.Any(role => hasDeployments ? DeploymentRoles.IsOfWholeForm(role) : !role.IsLimited));
}
