using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Knows who may see a case and do what about it.</summary>
internal sealed class CaseSight(Db db, Policy policy)
{
    /// <summary>Refuses everyone who does not answer for a place, or does not hold there what they would give.</summary>
    /// <exception cref="ProblemException"><c>support.place</c>, <c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task RequireOwnerAsync(Actor actor, Scope scope, bool mayExport, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SupportGrant, scope, cancellationToken);
        var given = RolePermissions.Of(mayExport ? RolePermissions.SupportExport : RolePermissions.Support);

        // A unit's page is for those who belong to it; whoever runs a project gives all of that project.
        if (!await policy.HoldsAllOfAsync(
            actor, scope.Kind == ScopeKind.Unit ? given : given.Where(one => one != Permission.UnitRead), scope, cancellationToken))
        {
            throw AccessProblems.Denied();
        }
    }

    /// <summary>Tells whether someone answers for the place of a case.</summary>
    public Task<bool> IsOwnerAsync(Actor actor, SupportCase one, CancellationToken cancellationToken) =>
        policy.HasAsync(actor, Permission.SupportGrant, one.Scope, cancellationToken);

    /// <summary>Tells whether someone may know of a case: its operator, its owners, and in an emergency every operator.</summary>
    public async Task<bool> IsSeenAsync(Actor actor, SupportCase one, CancellationToken cancellationToken) =>
        IsOperatorOf(actor, one)
        || (one.Kind == CaseKind.BreakGlass && await IsOperatorAsync(actor, cancellationToken))
        || await IsOwnerAsync(actor, one, cancellationToken);

    /// <summary>Tells whether someone may end it: its operator and its owners.</summary>
    public async Task<bool> MayEndAsync(Actor actor, SupportCase one, CancellationToken cancellationToken) =>
        IsOperatorOf(actor, one) || await IsOwnerAsync(actor, one, cancellationToken);

    /// <summary>Tells whether someone may let the operator in: an owner, or in an emergency another operator.</summary>
    public async Task<bool> MayApproveAsync(Actor actor, SupportCase one, CancellationToken cancellationToken) =>
        !IsOperatorOf(actor, one)
        && (one.Kind == CaseKind.BreakGlass ? await IsOperatorAsync(actor, cancellationToken) : await IsOwnerAsync(actor, one, cancellationToken));

    /// <summary>Tells whether someone runs the server.</summary>
    public Task<bool> IsOperatorAsync(Actor actor, CancellationToken cancellationToken) =>
        policy.HasAsync(actor, Permission.SupportAsk, Scope.Installation, cancellationToken);

    /// <summary>Refuses everyone who does not run the server.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public Task RequireOperatorAsync(Actor actor, CancellationToken cancellationToken) =>
        policy.RequireAsync(actor, Permission.SupportAsk, Scope.Installation, cancellationToken);

    /// <summary>Gives the places that someone answers for, with all units below.</summary>
    public async Task<ScopeSet> OwnedAsync(Actor actor, CancellationToken cancellationToken)
    {
        var held = await policy.ScopesWithAsync(actor, Permission.SupportGrant, cancellationToken);
        var units = new HashSet<long>();
        foreach (var unit in held.Units)
        {
            units.UnionWith((await Places.UnitsBelowAsync(db, new UnitId(unit), cancellationToken)).Select(below => below.Value));
        }

        return held with { Units = [.. units] };
    }

    private static bool IsOperatorOf(Actor actor, SupportCase one) => WhoAsks.IsSelf(actor, one.Operator);
}
