using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations.Roles;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Organisations.People;

/// <summary>Ends all that a person has at a unit and below it, in one transaction: that they belong there, their roles, invitations to them.</summary>
/// <remarks>
/// Units and projects in the trash count: a unit that is restored brings nobody back who was removed. Their sessions and tokens
/// end when nothing is left to them anywhere. App users and public links they made belong to the
/// projects and stay. People may leave by themselves.
/// </remarks>
internal sealed class RemoveMember(
    Db db,
    Policy policy,
    Places places,
    RoleRights rights,
    UnitRights belonging,
    GrantRows grants,
    Members members,
    OpenedWays opened,
    UnitRecords records,
    TimeProvider clock)
{
    private const string EndInvitations = """
        update organisations.invitations set ended_at = @now, ended_by = @by
        where unit_id = any (@units) and ended_at is null and uses = 0
            and email_key = (select email_key from accounts.people_view where id = @person)
        """;

    /// <summary>Removes the person.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>member.not_found</c>, <c>account.last_administrator</c>.
    /// </exception>
    public async Task<Removal> RunAsync(Actor actor, UnitId unit, ActorId person, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, unit, person, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var place = await UnitTree.LockLivingAsync(tx, unit, cancellationToken);
        var removal = await FindAsync(tx, unit, person, cancellationToken) ?? throw OrganisationProblems.PersonUnknown();
        await RequireAllowedAsync(actor, unit, person, removal, cancellationToken);
        if (place.Parent is null && removal.Grants.Any(row => row.Grant.Role == RolePermissions.Admin && row.Grant.Scope == place.Scope))
        {
            await LastAdministrators.RequireOtherAsync(tx, RolePermissions.Admin, place.Scope, person, cancellationToken);
        }

        var units = await UnitTree.AllBelowAsync(tx, unit, cancellationToken);
        await members.EndInAsync(tx, actor, units, person, cancellationToken);
        await grants.EndBelowAsync(tx, actor.Id, units, person, cancellationToken);
        var arguments = new { units = units.Select(one => one.Value).ToArray(), person = person.Value, by = actor.Id.Value, now = clock.GetUtcNow() };
        await tx.ExecuteAsync(EndInvitations, arguments, cancellationToken);
        var isGone = removal.LeavesNothing;
        if (isGone)
        {
            await opened.EndAsync(tx, actor, person, cancellationToken);
        }

        var before = new
        {
            units = removal.Units,
            roles = removal.Grants.Select(row => new { row.Grant.Role, place = row.Grant.Scope.Kind.ToString(), id = row.Grant.Scope.Id }).ToArray(),
        };
        var change = new Change("member.remove", null, "account", person.ToString(), before, new { unit = unit.Value, sessionsEnded = isGone });
        await records.AppendAsync(tx, actor, change, $"unit {unit}", cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return removal;
    }

    /// <summary>Says what would end.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>member.not_found</c>.</exception>
    public async Task<Removal> PreviewAsync(Actor actor, UnitId unit, ActorId person, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, unit, person, cancellationToken);
        return await FindAsync(db, unit, person, cancellationToken) ?? throw OrganisationProblems.PersonUnknown();
    }

    private Task RequireAsync(Actor actor, UnitId unit, ActorId person, CancellationToken cancellationToken) =>
        policy.RequireAsync(
            actor, WhoAsks.IsSelf(actor, person) ? Permission.UnitRead : Permission.MemberUpdate, Scope.Of(unit), cancellationToken);

    // Nobody takes more than they hold, except from themselves. What lies in the trash is asked for at the unit.
    private async Task RequireAllowedAsync(Actor actor, UnitId unit, ActorId person, Removal removal, CancellationToken cancellationToken)
    {
        if (WhoAsks.IsSelf(actor, person))
        {
            return;
        }

        var kept = (await Members.UnitsOfAsync(db, person, cancellationToken)).Except(removal.Units).ToList();
        await belonging.RequireToTakeAsync(actor, unit, removal.Units, kept, cancellationToken);
        foreach (var given in removal.Grants.Where(one => !RolePermissions.IsSupport(one.Grant.Role)))
        {
            var at = await IsThereAsync(given.Grant.Scope, cancellationToken) ? given.Grant.Scope : Scope.Of(unit);
            var isHeld = given.Grant.Scope.Kind is ScopeKind.Unit or ScopeKind.Project or ScopeKind.Form
                ? await rights.MayGiveAsync(actor, given.Grant.Role, at, cancellationToken)
                : await policy.HoldsAllOfAsync(actor, RolePermissions.Of(given.Grant.Role), at, cancellationToken);
            if (!isHeld)
            {
                throw AccessProblems.Denied();
            }
        }
    }

    private async Task<Removal?> FindAsync(Sql sql, UnitId unit, ActorId person, CancellationToken cancellationToken)
    {
        var below = await UnitTree.AllBelowAsync(sql, unit, cancellationToken);
        var belongs = await Members.UnitsOfAsync(sql, person, cancellationToken);
        var ending = await grants.ListBelowAsync(sql, below, person, cancellationToken);
        var units = belongs.Intersect(below.Select(one => one.Value)).ToList();
        if (units.Count == 0 && ending.Count == 0)
        {
            return null;
        }

        var ways = await opened.CountAsync(sql, person, cancellationToken);
        var others = belongs.Except(units).Select(id => Scope.Of(new UnitId(id)))
            .Concat((await grants.ListOfAsync(sql, person, cancellationToken)).ExceptBy(ending.Select(row => row.Id), row => row.Id)
                .Select(row => row.Grant.Scope));
        return new Removal(units, ending, ways, !await IsAnyThereAsync(others, cancellationToken));
    }

    // What they have in the trash elsewhere reaches nothing.
    private async Task<bool> IsAnyThereAsync(IEnumerable<Scope> scopes, CancellationToken cancellationToken)
    {
        foreach (var scope in scopes.Distinct())
        {
            if (await IsThereAsync(scope, cancellationToken))
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<bool> IsThereAsync(Scope scope, CancellationToken cancellationToken) =>
        (await places.PathOfAsync(scope, cancellationToken)).Count > 0;
}

/// <summary>What ends when a person is removed from a unit.</summary>
/// <param name="Units">Units they belong to, at or below it.</param>
/// <param name="Grants">Roles they hold, at or below it.</param>
/// <param name="Ways">What of theirs is open now.</param>
/// <param name="LeavesNothing">Whether nothing is left to them anywhere, so that their sessions and tokens end too.</param>
internal sealed record Removal(IReadOnlyList<long> Units, IReadOnlyList<GrantRow> Grants, OpenedCount Ways, bool LeavesNothing);
