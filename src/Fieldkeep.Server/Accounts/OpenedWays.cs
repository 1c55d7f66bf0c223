using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Ends every way in that an account has open: sessions, API tokens, app passwords. The account stays.</summary>
internal sealed class OpenedWays(TimeProvider clock)
{
    private const string Count = """
        select
            (select count(*) from accounts.sessions where actor_id = @id and ended_at is null and expires_at > @now) as sessions,
            (select count(*) from accounts.access_tokens where actor_id = @id and ended_at is null and expires_at > @now) as tokens,
            (select count(*) from accounts.app_users where created_by = @id and revoked_at is null) as app_users
        """;
    private const string EndSessions = """
        update accounts.sessions set ended_at = @now where actor_id = @id and ended_at is null
        """;
    private const string EndTokens = """
        update accounts.access_tokens set ended_at = @now, ended_by = @by where actor_id = @id and ended_at is null
        """;

    /// <summary>Counts what is open, and the app users the person made, which stay.</summary>
    public Task<OpenedCount> CountAsync(Sql sql, ActorId account, CancellationToken cancellationToken) =>
        sql.GetAsync<OpenedCount>(Count, new { id = account.Value, now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Ends all of it, in the caller's transaction.</summary>
    public async Task EndAsync(Tx tx, Actor by, ActorId account, CancellationToken cancellationToken)
    {
        var arguments = new { id = account.Value, by = by.Id.Value, now = clock.GetUtcNow() };
        await tx.ExecuteAsync(EndSessions, arguments, cancellationToken);
        await tx.ExecuteAsync(EndTokens, arguments, cancellationToken);
    }
}

/// <summary>What an account has open.</summary>
/// <param name="AppUsers">Phones of projects that the person made.</param>
internal sealed record OpenedCount(long Sessions, long Tokens, long AppUsers);
