using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts;

/// <summary>Creates an app user: a token that may list, download and fill in the open forms of one project.</summary>
internal sealed class CreateAppUser(Db db, Policy policy, GrantRows grants, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string Insert = """
        insert into accounts.app_users (actor_id, project_id, token_hash, created_by)
        values (@id, @project, @hash, @by)
        """;

    /// <summary>Creates the app user; its token is in the answer and nowhere else.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>account.name_invalid</c>.</exception>
    public async Task<NewAppUser> RunAsync(
        Actor actor, ProjectRef project, string displayName, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AppUserCreate, Scope.Of(project.Id), cancellationToken);
        policy.RequireConfirmed(actor);
        var name = AccountRows.CheckName(displayName, "displayName");
        var token = SecretToken.Create();
        var now = clock.GetUtcNow();

        await using var tx = await db.BeginAsync(cancellationToken);
        await LiveCredentials.RequireAsync(tx, actor, now, cancellationToken);
        var id = await AccountRows.InsertActorAsync(tx, "app_user", name, now, cancellationToken);
        await tx.ExecuteAsync(
            Insert,
            new { id = id.Value, project = project.Id.Value, hash = SecretToken.HashOf(token), by = actor.Id.Value },
            cancellationToken);
        await grants.AddAsync(
            tx, actor, new Grant(id, RolePermissions.AppUser, Scope.Of(project.Id)), cancellationToken);
        await changes.AppendAsync(
            tx, actor, new Change("app_user.create", project, "app_user", id.ToString(), null, new { displayName = name }), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("app_user.create", project.Id, "app_user", id.ToString(), name), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return new NewAppUser(new AppUser(id, project.Id, name, actor.Id.Value, now, null, null, null), token);
    }
}
