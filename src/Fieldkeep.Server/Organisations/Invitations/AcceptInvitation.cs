using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Organisations.Invitations;

/// <summary>Lets whoever holds an invitation in: with the account they are signed in to, or with one they make.</summary>
internal sealed class AcceptInvitation(
    Db db,
    Policy policy,
    UnitRights belonging,
    InvitationWorth worth,
    AccountRows accounts,
    AccountQueries queries,
    OpenSession open,
    GrantRows grants,
    Members members,
    AttemptLimits limits,
    UnitRecords records,
    TimeProvider clock)
{
    private const string Use = "update organisations.invitations set uses = uses + 1 where id = @id";
    private const string NoteUse = """
        insert into organisations.invitation_uses (invitation_id, actor_id, used_at) values (@id, @actor, @now) on conflict do nothing
        """;

    /// <summary>Accepts it.</summary>
    /// <param name="person">Whose account is to be made; null to use the one that is signed in.</param>
    /// <exception cref="ProblemException">
    /// <c>session.none</c>, <c>invitation.not_found</c>, <c>invitation.over</c>, <c>invitation.used</c>, <c>invitation.other_person</c>, <c>access.own_confidential</c>,
    /// <c>account.email_taken</c>, <c>account.email_invalid</c>, <c>account.name_invalid</c>, <c>password.weak</c>, <c>password.too_long</c>,
    /// <c>session.too_many_attempts</c>, <c>session.limits_unavailable</c>, <c>token.not_here</c>.
    /// </exception>
    public async Task<AcceptedInvitation> RunAsync(
        Actor actor, string token, InvitedPerson? person, CancellationToken cancellationToken)
    {
        if (actor.Bounds is not null)
        {
            throw TokenProblems.NotHere();
        }

        // Before any password is hashed: a token that nobody made costs nothing.
        if (await InvitationRows.FindAsync(db, token, cancellationToken) is not { } seen)
        {
            limits.CountUnknownToken(actor.Address);
            throw OrganisationProblems.InvitationUnknown();
        }

        await worth.RequireAsync(db, seen, cancellationToken);
        var prepared = await PrepareAsync(actor, seen, person, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var invitation = await InvitationRows.LockAsync(tx, token, cancellationToken) ?? throw OrganisationProblems.InvitationUnknown();
        await worth.RequireAsync(tx, invitation, cancellationToken);
        var account = prepared is null
            ? await SignedInAsync(actor, invitation, cancellationToken)
            : await accounts.InsertAsync(tx, null, actor.Door, prepared, cancellationToken);
        if (invitation.Email is { } written)
        {
            await accounts.ProveEmailAsync(tx, account.Id, written, cancellationToken);
        }

        await JoinAsync(tx, actor with { Id = account.Id, Kind = ActorKind.Account, DisplayName = account.DisplayName }, invitation, cancellationToken);
        var session = prepared is not null && person is not null
            ? await open.JoinAsync(tx, actor, account, person.Terms, "invitation", cancellationToken)
            : null;
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return new AcceptedInvitation(invitation.Unit, session);
    }

    private async Task<PreparedAccount?> PrepareAsync(
        Actor actor, Invitation invitation, InvitedPerson? person, CancellationToken cancellationToken)
    {
        if (WhoAsks.IsPerson(actor))
        {
            return null;
        }

        if (person is null)
        {
            throw AccessProblems.SignInNeeded();
        }

        if (invitation.Email is null)
        {
            await RequireFreeAsync(actor, AccountRows.CheckEmail(person.Email), cancellationToken);
        }

        // The letter went to this address: nobody else's account is made by it. What is typed at a link may be anybody's.
        var wanted = new NewAccount(invitation.Email ?? person.Email, person.Name, person.Password, []);
        return (await accounts.PrepareAsync(wanted, cancellationToken)) with { IsEmailProved = invitation.Email is not null };
    }

    // That an address has an account is somebody's secret: whoever tries addresses is counted, and costs no hash.
    private async Task RequireFreeAsync(Actor actor, string email, CancellationToken cancellationToken)
    {
        await using var attempt = await limits.BeginGuessAsync("invitation", actor.Address, cancellationToken);
        if (await queries.FindByEmailAsync(email, cancellationToken) is not null)
        {
            throw AccountProblems.EmailTaken();
        }

        attempt.Succeeded();
    }

    private async Task<Account> SignedInAsync(Actor actor, Invitation invitation, CancellationToken cancellationToken)
    {
        var account = await queries.FindAsync(actor.Id, cancellationToken) ?? throw AccessProblems.SignInNeeded();
        if (WhoAsks.IsSelf(actor, invitation.By))
        {
            await belonging.RequireToBringAsync(actor, invitation.Unit, actor.Id, cancellationToken);
        }

        return invitation.Email is null
            || await EmailKey.OfAsync(db, account.Email, cancellationToken) == await EmailKey.OfAsync(db, invitation.Email, cancellationToken)
            ? account
            : throw OrganisationProblems.InvitationOfAnother();
    }

    private async Task JoinAsync(Tx tx, Actor person, Invitation invitation, CancellationToken cancellationToken)
    {
        var arguments = new { id = invitation.Id, actor = person.Id.Value, now = clock.GetUtcNow() };
        if (await tx.ExecuteAsync(NoteUse, arguments, cancellationToken) == 0)
        {
            throw OrganisationProblems.InvitationUsed();
        }

        // What the person gets is given by whoever invited them.
        var giver = InvitationWorth.GiverOf(invitation);
        await tx.ExecuteAsync(Use, arguments, cancellationToken);
        await members.AddAsync(tx, giver, invitation.Unit, person.Id, cancellationToken);
        if (invitation.Role is { } role)
        {
            await grants.AddAsync(tx, giver, new Grant(person.Id, role, Scope.Of(invitation.Unit)), cancellationToken);
        }

        var after = new { unit = invitation.Unit.Value, role = invitation.Role, by = invitation.By.Value };
        var change = new Change("invitation.accept", null, "invitation", invitation.Id.ToString(), null, after);
        await records.AppendAsync(tx, person, change, $"unit {invitation.Unit}", cancellationToken);
    }
}

/// <summary>Who makes an account by an invitation.</summary>
/// <param name="Email">Their address; that of the letter counts where there was one.</param>
/// <param name="Terms">How they are signed in at once.</param>
internal sealed record InvitedPerson(string Name, string Email, string Password, SessionTerms Terms)
{
    /// <inheritdoc/>
    public override string ToString() => "InvitedPerson";
}

/// <summary>An invitation that was accepted.</summary>
/// <param name="Session">The session of the account just made; null when they were signed in.</param>
internal sealed record AcceptedInvitation(UnitId Unit, NewSession? Session)
{
    /// <inheritdoc/>
    public override string ToString() => $"AcceptedInvitation {{ {Unit} }}";
}
