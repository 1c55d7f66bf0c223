using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Lists and counts app users. Tokens are never among it: only their hashes are kept.</summary>
internal sealed class AppUserQueries(Db db, Policy policy)
{
    private const string OfProject = """
        select actors.id, app_users.project_id, actors.display_name, app_users.created_by,
            actors.created_at, actors.updated_at, app_users.last_used_at, app_users.revoked_at
        from accounts.app_users
        join accounts.actors on actors.id = app_users.actor_id
        where app_users.project_id = @project and actors.deleted_at is null
        order by actors.id desc
        limit 10000
        """;
    private const string One = """
        select actors.id, app_users.project_id, actors.display_name, app_users.created_by,
            actors.created_at, actors.updated_at, app_users.last_used_at, app_users.revoked_at
        from accounts.app_users
        join accounts.actors on actors.id = app_users.actor_id
        where app_users.project_id = @project and actors.id = @id and actors.deleted_at is null and app_users.revoked_at is null
        """;
    private const string CountLive = """
        select project_id, count(*) as live
        from accounts.app_users
        where project_id = any (@projects) and revoked_at is null
        group by project_id
        """;

    /// <summary>Lists a project's app users, newest first, revoked ones too.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<AppUser>> ListAsync(
        Actor actor, ProjectId project, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AppUserList, Scope.Of(project), cancellationToken);
        return await db.ListAsync<AppUser>(OfProject, new { project = project.Value }, cancellationToken);
    }

    /// <summary>Gives one of a project's app users that may still submit.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>app_user.not_found</c>.</exception>
    public async Task<AppUser> GetAsync(Actor actor, ProjectId project, ActorId id, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AppUserList, Scope.Of(project), cancellationToken);
        return await db.FindAsync<AppUser>(One, new { project = project.Value, id = id.Value }, cancellationToken)
            ?? throw AccountProblems.AppUserUnknown();
    }

    /// <summary>Counts app users that may still submit, for projects the caller has checked; projects without any are left out.</summary>
    public async Task<IReadOnlyDictionary<long, int>> CountAsync(
        IReadOnlyList<long> projects, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<Counted>(CountLive, new { projects = projects.ToArray() }, cancellationToken);
        return rows.ToDictionary(row => row.ProjectId, row => (int)row.Live);
    }

    private sealed record Counted(long ProjectId, long Live);
}
