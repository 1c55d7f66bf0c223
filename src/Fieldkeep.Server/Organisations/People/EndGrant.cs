using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations.Roles;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Organisations.People;

/// <summary>Takes one role from a person or a unit's people; it acts on their next request.</summary>
internal sealed class EndGrant(
    Db db, Policy policy, RoleRights rights, GrantRows grants, Places places, ProjectQueries projects, UnitRecords records)
{
    /// <summary>Takes the role away.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>grant.not_found</c>, <c>role.unfit</c>, <c>account.last_administrator</c>, <c>session.confirmation_needed</c>.</exception>
    public async Task RunAsync(Actor actor, long id, CancellationToken cancellationToken)
    {
        var given = await grants.FindAsync(db, id, cancellationToken);
        if (given is null || !(await policy.DecideAsync(actor, Permission.UnitRead, given.Grant.Scope, cancellationToken)).IsVisible)
        {
            throw OrganisationProblems.GrantUnknown();
        }

        var (grant, scope) = (given.Grant, given.Grant.Scope);
        await rights.RequireAsync(actor, grant.Role, scope, cancellationToken);
        if (RolePermissions.IsPowerful(grant.Role))
        {
            policy.RequireConfirmed(actor);
        }

        var project = await projects.FindRefOfAsync(places, scope, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        if (grant is { Role: RolePermissions.Admin, Subject.Kind: SubjectKind.Actor, ExpiresAt: null }
            && await places.PathOfAsync(scope, cancellationToken) is [var root])
        {
            await LastAdministrators.RequireOtherAsync(tx, RolePermissions.Admin, root, new ActorId(grant.Subject.Id), cancellationToken);
        }

        if (!await grants.EndAsync(tx, actor, id, cancellationToken))
        {
            throw OrganisationProblems.GrantUnknown();
        }

        // A role for some submissions is told as such, so that nobody brings it back for all.
        var change = grant is { IsOwn: false, Condition: null }
            ? GrantWords.ChangeOf("role.remove", grant, isHeld: false, project)
            : new Change(
                "role.remove_limited",
                project,
                ScopeNames.Of(grant.Subject.Kind),
                grant.Subject.Id.ToString(CultureInfo.InvariantCulture),
                new { grant.Role, form = scope.Id, grant.IsOwn, grant.Condition, grant.ExpiresAt },
                null);
        await records.AppendAsync(tx, actor, change, grant.Role, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
    }
}
