using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Looks again, before something lasting is made, whether what a request came by still opens its account.</summary>
/// <remarks>
/// Credentials are looked at before the body, which comes as slowly as its sender likes. A new password and “This wasn't me” lock
/// the account first as well: they end what a request began with, or find what it made.
/// </remarks>
internal static class LiveCredentials
{
    private const string Lock = """
        select credentials_version from accounts.accounts where actor_id = @actor and deleted_at is null for update
        """;
    private const string LiveSession = """
        select id from accounts.sessions
        where id = @session and actor_id = @actor and ended_at is null and expires_at > @now
        for share
        """;
    private const string LiveToken = """
        select id from accounts.access_tokens
        where id = @token and actor_id = @actor and ended_at is null and expires_at > @now
        for share
        """;

    /// <summary>Locks the account of whoever asks until the commit, and refuses when a session, token or password that they came by is over.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>.</exception>
    public static async Task RequireAsync(Tx tx, Actor actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!WhoAsks.IsPerson(actor))
        {
            return;
        }

        var by = actor.CameBy ?? new Credential();
        var key = new { actor = actor.Id.Value, session = by.Session, token = by.Token, now };
        var version = await tx.FindAsync<long?>(Lock, key, cancellationToken) ?? throw AccessProblems.SignInNeeded();
        if ((by.Version is { } shown && shown != version)
            || (by.Session is not null && await tx.FindAsync<long?>(LiveSession, key, cancellationToken) is null)
            || (by.Token is not null && await tx.FindAsync<long?>(LiveToken, key, cancellationToken) is null))
        {
            throw AccessProblems.SignInNeeded();
        }
    }
}
