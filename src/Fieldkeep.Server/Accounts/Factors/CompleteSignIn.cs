using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.External;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Begins the session of someone who showed the password before and now the second factor.</summary>
internal sealed class CompleteSignIn(
    Db db, Tickets tickets, CheckFactor check, Passkeys passkeys, AccountQueries accounts, OpenSession open, JoinIdentity join, NoteSignIn note)
{
    /// <summary>Begins the session. A ticket takes five tries and is good once.</summary>
    /// <param name="passkey">The passkey that answered, in place of a code; null for none.</param>
    /// <exception cref="ProblemException">
    /// <c>factor.ticket_refused</c>, <c>factor.refused</c>, <c>factor.passkey_refused</c>, <c>factor.locked</c>,
    /// <c>session.refused</c>, <c>external.attempt_refused</c>.
    /// </exception>
    public async Task<NewSession> RunAsync(
        Actor caller, string? ticketText, FactorCode code, ProvenPasskey? passkey, string? agent, CancellationToken cancellationToken)
    {
        var ticket = await tickets.TryAsync<SignInTicket>(SignIn.TicketPurpose, ticketText, cancellationToken);
        var id = new ActorId(ticket.Value.Account);
        var account = await GetAsync(ticket.Value, cancellationToken);
        if (passkey is null)
        {
            await check.RequireAsync(caller, id, code, cancellationToken);
        }
        else if (passkey.Owner != id)
        {
            throw FactorProblems.PasskeyRefused();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var by = passkey is not null ? "password, passkey" : $"password, {code.Way}";
        var terms = new SessionTerms(true, ticket.Value.IsSharedComputer, agent);
        var session = await open.JoinAsync(tx, caller, account, terms, by, cancellationToken);
        await tickets.UseAsync(tx, ticket, cancellationToken);
        if (passkey is not null && !await passkeys.NoteUseAsync(tx, caller, passkey, cancellationToken))
        {
            throw FactorProblems.PasskeyRefused();
        }

        if (ticket.Value.Joining is { } identity)
        {
            await join.JoinAsync(tx, caller, account, identity, cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        note.Take(caller, session, by);
        return session;
    }

    private async Task<Account> GetAsync(SignInTicket ticket, CancellationToken cancellationToken) =>
        await accounts.FindAsync(new ActorId(ticket.Account), cancellationToken) is { } account
        && account.CredentialsVersion == ticket.CredentialsVersion
            ? account
            : throw FactorProblems.TicketRefused();
}
