using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Tokens;

/// <summary>Lists one's own tokens and app passwords. Nobody lists another's, and a secret is in no list.</summary>
internal sealed class AccessTokenQueries(Db db)
{
    private const string OfOwner = """
        select id, kind, name, scopes, projects, networks, created_at, expires_at, last_used_at, ended_at
        from accounts.access_tokens
        where actor_id = @actor
        order by ended_at is not null, id desc
        limit 500
        """;

    /// <summary>Lists them, those that are good first, newest first.</summary>
    public async Task<IReadOnlyList<AccessToken>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        return [.. (await db.ListAsync<Row>(OfOwner, new { actor = actor.Id.Value }, cancellationToken)).Select(Of)];
    }

    private static AccessToken Of(Row row) => new(
        row.Id, row.Kind, row.Name, row.Scopes, row.Projects, row.Networks, row.CreatedAt, row.ExpiresAt, row.LastUsedAt, row.EndedAt);

    private sealed record Row
    {
        public required long Id { get; init; }

        public required string Kind { get; init; }

        public required string Name { get; init; }

        public required string[] Scopes { get; init; }

        public long[]? Projects { get; init; }

        public required string[] Networks { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public required DateTimeOffset ExpiresAt { get; init; }

        public DateTimeOffset? LastUsedAt { get; init; }

        public DateTimeOffset? EndedAt { get; init; }
    }
}
