using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Finds accounts, phones and public links, ended or not: for what they sent some time ago.</summary>
internal static class ActorsThen
{
    private const string Find = """
        select a.id, a.kind, a.created_at, coalesce(u.revoked_at, l.revoked_at, a.deleted_at) as ended_at, coalesce(u.project_id, l.project_id) as project_id
        from accounts.actors a
        left join accounts.app_users u on u.actor_id = a.id
        left join accounts.public_links l on l.actor_id = a.id
        where a.id = any (@ids)
        """;

    /// <summary>Lists those that are there.</summary>
    public static async Task<IReadOnlyList<ActorThen>> ListAsync(Sql sql, IEnumerable<ActorId> actors, CancellationToken cancellationToken)
    {
        var rows = await sql.ListAsync<Row>(Find, new { ids = actors.Select(actor => actor.Value).Distinct().ToArray() }, cancellationToken);
        return [.. rows.Select(row => new ActorThen(row.Id, KindOf(row.Kind), row.ProjectId, row.CreatedAt, row.EndedAt))];
    }

    private static ActorKind KindOf(string kind) => kind switch
    {
        "account" => ActorKind.Account,
        "app_user" => ActorKind.AppUser,
        _ => ActorKind.PublicLink,
    };

    private sealed record Row(ActorId Id, string Kind, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, ProjectId? ProjectId);
}

/// <summary>Somebody who acts, or did.</summary>
/// <param name="Project">Of a phone or a link.</param>
/// <param name="EndedAt">When it was revoked or removed; null while it is good.</param>
internal sealed record ActorThen(ActorId Id, ActorKind Kind, ProjectId? Project, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt);
