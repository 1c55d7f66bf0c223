using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.External;

/// <summary>
/// Signs in whoever came back from the provider. An identity is joined to an account once: by its verified e-mail address and
/// the account's password, or by the address alone where the account was made for it and nobody ever signed in.
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
    AccountLetters letters,
    AuditLog audit)
{
    private const string StateOf = """
        select second_factor_since is not null as has_second_factor,
            password_hash is null and last_login_at is null as is_invited
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

        var known = await identities.FindAsync(issuer, person, cancellationToken);
        var account = await FindAccountAsync(known, person, cancellationToken) ?? throw ExternalProblems.NoAccount();
        var state = await db.FindAsync<State>(
            StateOf, new { id = account.Id.Value, version = account.CredentialsVersion }, cancellationToken) ?? throw AccountProblems.Refused();
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

        await JoinAsync(tx, caller, account, known is null, issuer, person, settings.Name, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        if (session is not null)
        {
            note.Take(caller, session, "external");
            return new SignInStep(session, null);
        }

        var ticket = tickets.Issue(
            SignIn.TicketPurpose, new SignInTicket(account.Id.Value, account.CredentialsVersion, terms.IsSharedComputer));
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

    private async Task JoinAsync(
        Tx tx, Actor caller, Account account, bool isNew, string issuer, ExternalPerson person, string name, CancellationToken cancellationToken)
    {
        if (!isNew)
        {
            await identities.NoteUseAsync(tx, issuer, person, cancellationToken);
            return;
        }

        if (!await identities.LinkAsync(tx, account.Id, issuer, person, cancellationToken))
        {
            throw ExternalProblems.AttemptRefused();
        }

        var owner = new Actor(account.Id, ActorKind.Account, account.DisplayName, caller.Door, caller.Address);
        await audit.AppendAsync(
            tx, owner, new AuditEvent("account.link", null, "account", account.Id.ToString(), "external"), cancellationToken);
        await letters.AppendAsync(tx, account.Id, "external_linked", [("provider", name)], cancellationToken);
    }

    private sealed record State(bool HasSecondFactor, bool IsInvited);
}
