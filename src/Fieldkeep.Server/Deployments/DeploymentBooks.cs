using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Deployments;

/// <summary>Writes what was done to a deployment into the ledger and the audit book.</summary>
internal sealed class DeploymentBooks(ChangeLog changes, AuditLog audit)
{
    /// <summary>Writes one act, in the caller's transaction.</summary>
    /// <param name="detail">What the audit book says about it beyond that; never an answer.</param>
    public async Task AppendAsync(
        Tx tx,
        Actor actor,
        ProjectRef project,
        string action,
        DeploymentId deployment,
        object? before,
        object? after,
        string? detail,
        CancellationToken cancellationToken)
    {
        await changes.AppendAsync(
            tx, actor, new Change(action, project, "deployment", deployment.ToString(), before, after), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent(action, project.Id, "deployment", deployment.ToString(), detail), cancellationToken);
    }

    /// <summary>Gives what the ledger keeps of a deployment.</summary>
    public static object StateOf(Deployment deployment) => new
    {
        form = deployment.Form.Value,
        deployment.Name,
        deployment.IsActive,
        deployment.Options,
        stages = deployment.Stages.Select(stage => new { id = stage.Id.Value, stage.Name, stage.MinApprovals, stage.PreventEditing }),
    };
}
