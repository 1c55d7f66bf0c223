using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.External;

/// <summary>
/// Signs in whoever came back from the provider. An identity is joined to an account once: by its verified e-mail address and
/// the account's password, or by the address alone where the account was made for it and nobody ever signed in. An account with
/// a second factor is joined when that was shown too (<see cref="Factors.CompleteSignIn"/>).
/// </summary>
internal sealed class CompleteExternalSignIn(
    Db db,
    ProviderClient provider,
    ExternalAttempts attempts,
    ExternalIdentities identities,
    AccountQueries accounts,
    CheckPassword check,
    TakeResetEffect resets,
    Tickets tickets,
    OpenSession open,
    NoteSignIn note,
    JoinIdentity join)
{
    private const string StateOf = """
        select second_factor_since is not null as has_second_factor,
            password_hash is null and last_login_at is null as is_invited, password_disowned_at is not null as is_disowned
        from accounts.accounts where actor_id = @id and deleted_at is null and credentials_version = @version
        """;

    /// <summary>Begins the session, or gives the challenge of the account's second factor.</summary>
    /// <param name="password">The account's, at the first time; else null.</param>
    /// <exception cref="ProblemException">
    /// <c>external.none</c>, <c>external.attempt_refused</c>, <c>external.no_account</c>, <c>external.password_needed</c>,
    /// <c>session.refused</c>, <c>session.too_many_attempts</c>, <c>session.busy</c>, <c>password.too_long</c>.
    /// </exception>
    public async Task<SignInStep> RunAsync(
        Actor caller, string browser, string? password, SessionTerms terms, CancellationToken cancellationToken)
    {
        var settings = provider.Settings;
        var attempt = await attempts.FindAnsweredAsync(browser, cancellationToken);
        if (attempt is not { Secrets: { Person: { } person, Issuer: { } issuer } })
        {
            throw ExternalProblems.AttemptRefused();
        }

        var identity = new ExternalIdentity(issuer, person.Subject);
        var known = await identities.FindAsync(identity, cancellationToken);
        var account = await FindAccountAsync(known, person, cancellationToken) ?? throw ExternalProblems.NoAccount();
        var state = await db.FindAsync<State>(
            StateOf, new { id = account.Id.Value, version = account.CredentialsVersion }, cancellationToken) ?? throw AccountProblems.Refused();
        if (state.IsDisowned)
        {
            // Until its owner has set a password, nobody knows whose identity this is.
            throw AccountProblems.Refused();
        }

        if (known is null && !state.IsInvited)
        {
            await RequireOwnerAsync(caller, account, password, settings.Name, cancellationToken);
        }

        var isChallenged = state.HasSecondFactor;
        if (isChallenged && await resets.RunAsync(account, cancellationToken) is { } without)
        {
            (account, isChallenged) = (without, false);
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        await AccountRows.HoldAsync(tx, account, cancellationToken);
        var session = isChallenged ? null : await open.JoinAsync(tx, caller, account, terms, "external", cancellationToken);
        if (!await ExternalAttempts.EndAsync(tx, attempt, cancellationToken))
        {
            throw ExternalProblems.AttemptRefused();
        }

        if (known is not null)
        {
            await identities.NoteUseAsync(tx, identity, cancellationToken);
        }
        else if (!isChallenged)
        {
            await join.JoinAsync(tx, caller, account, identity, cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        if (session is not null)
        {
            note.Take(caller, session, "external");
            return new SignInStep(session, null);
        }

        var ticket = tickets.Issue(
            SignIn.TicketPurpose,
            new SignInTicket(account.Id.Value, account.CredentialsVersion, terms.IsSharedComputer, known is null ? identity : null));
        return new SignInStep(null, new SignInChallenge(ticket, account.Id));
    }

    private async Task<Account?> FindAccountAsync(ActorId? known, ExternalPerson person, CancellationToken cancellationToken)
    {
        if (known is { } id)
        {
            return await accounts.FindAsync(id, cancellationToken);
        }

        return person.Email is { } email ? await accounts.FindByEmailAsync(email, cancellationToken) : null;
    }

    private async Task RequireOwnerAsync(
        Actor caller, Account account, string? password, string name, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(password))
        {
            throw ExternalProblems.PasswordNeeded(name, account.Email);
        }

        var shown = await check.RunAsync(caller, account.Email, password, cancellationToken);
        if (shown.Account.Id != account.Id)
        {
            throw AccountProblems.Refused();
        }
    }

    private sealed record State(bool HasSecondFactor, bool IsInvited, bool IsDisowned);
}
