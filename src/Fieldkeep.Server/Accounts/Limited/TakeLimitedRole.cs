using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts.Limited;

/// <summary>Takes a role for some submissions of a form away: it ends with the next request.</summary>
internal sealed class TakeLimitedRole(
    Db db, Policy policy, GrantRows grants, ListLimitedRoles list, ChangeLog changes, AuditLog audit)
{
    /// <summary>Ends the role.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>role.not_held</c>.</exception>
    public async Task RunAsync(Actor actor, ProjectRef project, FormId form, long grantId, CancellationToken cancellationToken)
    {
        var held = (await list.RunAsync(actor, project, form, cancellationToken)).FirstOrDefault(one => one.Id == grantId)
            ?? throw LimitedRoleProblems.NotHeld();
        if (!await policy.HoldsAllOfAsync(
            actor, RolePermissions.Of(held.Role).Where(RolePermissions.IsOfRows), Scope.Of(project.Id), cancellationToken))
        {
            throw AccessProblems.Denied();
        }

        await using (var tx = await db.BeginAsync(cancellationToken))
        {
            var grant = new Grant(held.Subject, held.Role, Scope.Of(form)) { IsOwn = held.Limit.IsOwn, Condition = held.Limit.Condition };
            if (!await grants.EndAsync(tx, actor, grant, cancellationToken))
            {
                throw LimitedRoleProblems.NotHeld();
            }

            var kind = ScopeNames.Of(held.Subject.Kind);
            var before = new { held.Role, form = form.Value, held.Limit.IsOwn, held.Limit.Condition, held.Limit.ExpiresAt };
            await changes.AppendAsync(
                tx, actor, new Change("role.remove_limited", project, kind, $"{held.Subject.Id}", before, null), cancellationToken);
            await audit.AppendAsync(
                tx,
                actor,
                new AuditEvent(
                    "role.remove_limited", project.Id, kind, $"{held.Subject.Id}", GiveLimitedRole.DetailOf(held.Role, form, held.Limit)),
                cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }

        policy.Forget();
    }
}
