using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts;

/// <summary>Ends an app user's access; its token is refused on the very next request. What it sent stays.</summary>
internal sealed class RevokeAppUser(
    Db db, Policy policy, GrantRows grants, AppUserTokens tokens, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string Revoke = """
        update accounts.app_users set revoked_at = @now
        where actor_id = @id and project_id = @project and revoked_at is null
        """;
    private const string Exists = """
        select exists (select 1 from accounts.app_users where actor_id = @id and project_id = @project)
        """;

    /// <summary>Revoking twice is not an error.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>app_user.not_found</c>.</exception>
    public async Task RunAsync(Actor actor, ProjectRef project, ActorId appUser, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AppUserRevoke, Scope.Of(project.Id), cancellationToken);
        var key = new { id = appUser.Value, project = project.Id.Value, now = clock.GetUtcNow() };
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await tx.ExecuteAsync(Revoke, key, cancellationToken) == 0)
        {
            if (!await tx.GetAsync<bool>(Exists, key, cancellationToken))
            {
                throw AccountProblems.AppUserUnknown();
            }

            return;
        }

        await grants.EndAllAsync(tx, actor, appUser, cancellationToken);
        await changes.AppendAsync(
            tx, actor, new Change("app_user.revoke", project, "app_user", appUser.ToString(), new { revoked = false }, new { revoked = true }), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("app_user.revoke", project.Id, "app_user", appUser.ToString(), null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        tokens.Forget();
        policy.Forget();
    }
}
