using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Tokens;

/// <summary>Begins a script's session for a token or app password in the place of the password; it has the token's bounds and ends with it.</summary>
internal sealed class SignInByToken(Db db, AccessTokens tokens, AttemptLimits limits, OpenSession open, NoteSignIn note)
{
    /// <summary>Begins the session.</summary>
    /// <exception cref="ProblemException">
    /// <c>session.refused</c>, <c>session.too_many_attempts</c>, <c>token.network_refused</c>.
    /// </exception>
    public async Task<NewSession> RunAsync(
        Actor caller, string email, string secret, string? agent, CancellationToken cancellationToken)
    {
        if (await tokens.FindAsync(email, secret, caller.Address, cancellationToken) is not { } token)
        {
            limits.CountUnknownToken(caller.Address);
            throw AccountProblems.Refused();
        }

        var terms = new SessionTerms(false, false, agent) { AccessToken = token.Id, Until = token.ExpiresAt };
        await using var tx = await db.BeginAsync(cancellationToken);
        var session = await open.JoinAsync(
            tx, caller, token.Owner, terms, token.IsAppPassword ? "app_password" : "token", cancellationToken);
        await tx.CommitAsync(cancellationToken);
        note.Take(caller, session, token.IsAppPassword ? "app_password" : "token");
        return session;
    }
}
