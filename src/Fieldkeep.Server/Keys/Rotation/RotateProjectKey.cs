using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Gives a project a new data key: it seals at once, and what the older ones sealed is sealed anew in the background.</summary>
internal sealed class RotateProjectKey(
    Db db, Policy policy, Keyring keyring, RotationRows rotations, ChangeLog changes, AuditLog audit)
{
    /// <summary>Begins the rotation.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>key.rotating</c>.
    /// </exception>
    public async Task<RotationRow> RunAsync(Actor actor, ProjectRef project, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.KeyRotate, Scope.Of(project.Id), cancellationToken);
        policy.RequireConfirmed(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await RotationRows.LockAsync(tx, project.Id, cancellationToken))
        {
            throw KeyProblems.Rotating();
        }

        // The keyring first. Killed between it and the row, the older key opens and the next rotation takes it along.
        var keys = keyring.RotateProjectKey(project.Key);
        var old = keys.SealingKeys.Where(key => key.OpensOnly).Select(key => key.Id).ToList();
        await rotations.InsertAsync(tx, actor, project, keys.Primary.Id, old, CancellationToken.None);
        var id = project.Id.ToString();
        var change = new Change("key.rotate", project, "project", id, new { keys = old }, new { key = keys.Primary.Id });
        await changes.AppendAsync(tx, actor, change, CancellationToken.None);
        await audit.AppendAsync(tx, actor, new AuditEvent("key.rotate", project.Id, "project", id, null), CancellationToken.None);
        await tx.CommitAsync(CancellationToken.None);
        keyring.ReplaceTargets();
        return await rotations.FindNewestAsync(project.Id, CancellationToken.None) ?? throw KeyProblems.Rotating();
    }
}
