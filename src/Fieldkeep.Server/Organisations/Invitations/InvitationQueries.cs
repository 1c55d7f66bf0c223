using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations.Roles;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Organisations.Invitations;

/// <summary>Reads invitations: those of a unit for who may invite there, and one by its token for who holds that.</summary>
internal sealed class InvitationQueries(
    Db db, Policy policy, UnitQueries units, InvitationWorth worth, AccountQueries accounts, AttemptLimits limits, TimeProvider clock)
{
    private const string OfUnits = InvitationRows.Columns + """
        where unit_id = any (@units) and (@all or (ended_at is null and uses < most_uses and expires_at > @now))
        order by id desc
        limit 10000
        """;
    private const string HasAccount = """
        select exists (
            select from accounts.people_view p join organisations.invitations i on i.email_key = p.email_key where i.id = @id)
        """;

    /// <summary>Lists the invitations to a unit and to those below it, newest first.</summary>
    /// <param name="all">Those that are used up or over too.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<Invitation>> ListAsync(Actor actor, UnitId unit, bool all, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.MemberUpdate, Scope.Of(unit), cancellationToken);
        var below = await Places.UnitsBelowAsync(db, unit, cancellationToken);
        return await db.ListAsync<Invitation>(
            OfUnits, new { units = below.Select(one => one.Value).ToArray(), all, now = clock.GetUtcNow() }, cancellationToken);
    }

    /// <summary>Tells whoever holds a token what it is worth.</summary>
    /// <exception cref="ProblemException">
    /// <c>invitation.not_found</c>, <c>invitation.over</c>, <c>invitation.used</c>, <c>session.too_many_attempts</c>.
    /// </exception>
    public async Task<ReadInvitation> ReadAsync(string token, string? address, CancellationToken cancellationToken)
    {
        if (await InvitationRows.FindAsync(db, token, cancellationToken) is not { } invitation)
        {
            limits.CountUnknownToken(address);
            throw OrganisationProblems.InvitationUnknown();
        }

        await worth.RequireAsync(db, invitation, cancellationToken);
        var path = await units.PathAsync(invitation.Unit, cancellationToken);
        var names = await accounts.NamesAsync([invitation.By.Value], cancellationToken);
        var role = invitation.Role is { } given ? await OwnRoles.FindAsync(db, given, cancellationToken) : null;
        var hasAccount = invitation.Email is not null && await db.GetAsync<bool>(HasAccount, new { id = invitation.Id }, cancellationToken);
        return new ReadInvitation(invitation, path, names.GetValueOrDefault(invitation.By.Value, ""), role?.Name, hasAccount);
    }
}

/// <summary>What whoever holds an invitation's token may know of it.</summary>
/// <param name="Path">The unit and those above it, the organisation first.</param>
/// <param name="Inviter">The name of whoever gave it.</param>
/// <param name="RoleName">The name of an organisation's own role.</param>
/// <param name="HasAccount">Whether the address that the letter went to has an account here: its holder signs in.</param>
internal sealed record ReadInvitation(
    Invitation Invitation, IReadOnlyList<Unit> Path, string Inviter, string? RoleName, bool HasAccount);

/// <summary>Tells what an invitation is worth at this moment: what its giver may give now.</summary>
internal sealed class InvitationWorth(RoleRights rights, UnitRights belonging, Policy policy, TimeProvider clock)
{
    private const string HasAdministrator = """
        select exists (
            select from access.grants_view
            where role = 'admin' and scope_kind = 'unit' and scope_id = @unit and ended_at is null and (expires_at is null or expires_at > @now))
        """;
    private const string IsAlive = """
        select exists (select from organisations.units where id = @unit and deleted_at is null)
        """;

    /// <summary>Refuses an invitation that is used up, over, or whose giver may not give it any more.</summary>
    /// <exception cref="ProblemException"><c>invitation.over</c>, <c>invitation.used</c>.</exception>
    public async Task RequireAsync(Sql sql, Invitation invitation, CancellationToken cancellationToken)
    {
        if (invitation.Uses >= invitation.MostUses)
        {
            throw OrganisationProblems.InvitationUsed();
        }

        var now = clock.GetUtcNow();
        var arguments = new { unit = invitation.Unit.Value, now };
        var giver = GiverOf(invitation);
        var isGood = invitation.EndedAt is null && invitation.ExpiresAt > now
            && await sql.GetAsync<bool>(IsAlive, arguments, cancellationToken)
            && (invitation.IsFounding
                ? await policy.HasAsync(giver, Permission.OrganisationCreate, Scope.Installation, cancellationToken)
                    && !await sql.GetAsync<bool>(HasAdministrator, arguments, cancellationToken)
                : await rights.MayGiveAsync(giver, invitation.Role, Scope.Of(invitation.Unit), cancellationToken)
                    && await belonging.MayBringAsync(giver, invitation.Unit, cancellationToken));
        if (!isGood)
        {
            throw OrganisationProblems.InvitationOver();
        }
    }

    /// <summary>Gives whoever gave an invitation, as an actor whose rights can be asked.</summary>
    public static Actor GiverOf(Invitation invitation) =>
        new(invitation.By, invitation.By.Value == 0 ? ActorKind.System : ActorKind.Account, "", Door.Web, null);
}
