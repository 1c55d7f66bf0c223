using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Looks whether what somebody came by some time ago was still good then: a session, a token, a password.</summary>
internal static class CredentialsThen
{
    // A session ends with the token that it was opened with. One that is gone ended, nobody knows when; so did a password that is another now.
    private const string WasGood = """
        select case
            when @session is not null then coalesce((
                select (s.ended_at is null or s.ended_at > @at) and (t.ended_at is null or t.ended_at > @at)
                from accounts.sessions s left join accounts.access_tokens t on t.id = s.access_token_id
                where s.id = @session and s.actor_id = @actor), false)
            when @token is not null then coalesce((
                select t.ended_at is null or t.ended_at > @at from accounts.access_tokens t where t.id = @token and t.actor_id = @actor), false)
            when @version is not null then exists (
                select from accounts.accounts a where a.actor_id = @actor and a.credentials_version = @version)
            else true end
        """;

    /// <summary>Tells whether it was, as far as is known now; true for whoever came by a token of their own that ends with them, as phones do.</summary>
    public static async Task<bool> WereGoodAsync(Sql sql, Actor actor, DateTimeOffset at, CancellationToken cancellationToken) =>
        !WhoAsks.IsPerson(actor) || actor.CameBy is not { } by
        || await sql.GetAsync<bool>(
            WasGood, new { actor = actor.Id.Value, session = by.Session, token = by.Token, version = by.Version, at }, cancellationToken);
}
