using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations.Roles;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Organisations.People;

/// <summary>Gives a person, or all people of a unit, a role at a unit, a project or a form; perhaps until an instant.</summary>
internal sealed class GiveGrant(
    Db db,
    Policy policy,
    RoleRights rights,
    OwnSight own,
    UnitRights belonging,
    KnownPeople people,
    GrantRows grants,
    Members members,
    Places places,
    ProjectQueries projects,
    UnitRecords records,
    TimeProvider clock)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3660);

    /// <summary>Gives the role; false when it is held already.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.own_confidential</c>, <c>access.not_found</c>, <c>role.unfit</c>, <c>member.not_found</c>, <c>unit.not_found</c>, <c>grant.expiry_invalid</c>,
    /// <c>account.last_administrator</c>, <c>session.confirmation_needed</c>.
    /// </exception>
    public async Task<bool> RunAsync(Actor actor, Grant grant, CancellationToken cancellationToken)
    {
        await rights.RequireAsync(actor, grant.Role, grant.Scope, cancellationToken);
        await own.RequireAsync(actor, grant.Subject, await rights.GetAsync(grant.Role, grant.Scope, cancellationToken), grant.Scope, cancellationToken);
        if (grant.ExpiresAt is { } end && (end <= clock.GetUtcNow() || end - clock.GetUtcNow() > Longest))
        {
            throw OrganisationProblems.ExpiryInvalid();
        }

        if (RolePermissions.IsPowerful(grant.Role))
        {
            policy.RequireConfirmed(actor);
        }

        await people.RequireAsync(actor, grant.Subject, grant.Scope, cancellationToken);
        RequireShareable(grant.Subject, grant.Role);
        if (grant is { Scope.Kind: ScopeKind.Unit, Subject.Kind: SubjectKind.Actor })
        {
            await belonging.RequireToBringAsync(actor, new UnitId(grant.Scope.Id), new ActorId(grant.Subject.Id), cancellationToken);
        }

        var project = await projects.FindRefOfAsync(places, grant.Scope, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);

        // A role with an end takes the place of one without.
        if (grant is { Role: RolePermissions.Admin, ExpiresAt: not null } && await places.PathOfAsync(grant.Scope, cancellationToken) is [var root])
        {
            await LastAdministrators.RequireOtherAsync(tx, RolePermissions.Admin, root, new ActorId(grant.Subject.Id), cancellationToken);
        }

        var given = await grants.GiveAsync(tx, actor, grant, cancellationToken);
        if (!given.IsAdded)
        {
            return false;
        }

        if (grant is { Scope.Kind: ScopeKind.Unit, Subject.Kind: SubjectKind.Actor })
        {
            await members.AddAsync(tx, actor, new UnitId(grant.Scope.Id), new ActorId(grant.Subject.Id), cancellationToken);
        }

        await records.AppendAsync(tx, actor, GrantWords.ChangeOf("role.assign", grant, isHeld: true, project, given.Replaced), grant.Role, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return true;
    }

    /// <summary>Refuses to make all people of a unit administrators: who belongs to it is easily changed; who administers is named one by one.</summary>
    /// <exception cref="ProblemException"><c>role.unfit</c>.</exception>
    internal static void RequireShareable(Subject subject, string role)
    {
        if (subject.Kind != SubjectKind.Actor && role == RolePermissions.Admin)
        {
            throw OrganisationProblems.RoleUnfit();
        }
    }
}
