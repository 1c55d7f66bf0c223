using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Organisations;

/// <summary>Gives a person a role in a project, or takes it away; either acts on their next request.</summary>
internal sealed class AssignRole(Db db, Grants grants, ChangeLog changes, AuditLog audit)
{
    /// <summary>Gives or takes the role.</summary>
    /// <param name="isHeld">True to give the role, false to take it away. Doing so twice is not an error.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>role.unknown</c>.</exception>
    public async Task RunAsync(
        Actor actor, ProjectRef project, ActorId person, string role, bool isHeld, CancellationToken cancellationToken)
    {
        await grants.RequireAsync(actor, Permission.ProjectAssign, Scope.Of(project.Id), cancellationToken);
        if (!RolePermissions.IsProjectRole(role))
        {
            throw OrganisationProblems.RoleUnknown(role);
        }

        var grant = new Grant(person, role, Scope.Of(project.Id));
        await using var tx = await db.BeginAsync(cancellationToken);
        var hasChanged = isHeld
            ? await grants.AddAsync(tx, actor, grant, cancellationToken)
            : await Grants.RemoveAsync(tx, grant, cancellationToken);
        if (hasChanged)
        {
            var action = isHeld ? "role.assign" : "role.remove";
            await changes.AppendAsync(
                tx,
                actor,
                new Change(action, project, "account", person.ToString(), new { role, held = !isHeld }, new { role, held = isHeld }),
                cancellationToken);
            await audit.AppendAsync(
                tx, actor, new AuditEvent(action, project.Id, "account", person.ToString(), role), cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        grants.Forget();
    }
}
