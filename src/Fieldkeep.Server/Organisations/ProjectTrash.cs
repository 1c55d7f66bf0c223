using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Organisations;

/// <summary>Moves projects into the trash and back, in the caller's transaction; whether the actor may is asked by the operation.</summary>
internal sealed class ProjectTrash(ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string Put = """
        update organisations.projects set deleted_at = @now where id = @id and deleted_at is null returning key_id
        """;
    private const string Take = """
        update organisations.projects set deleted_at = null, updated_at = @now
        where id = @id and deleted_at is not null and erased_at is null and removed_with is null
        returning key_id
        """;

    /// <summary>Puts a project into the trash; false when it is there, or was never here.</summary>
    public Task<bool> PutAsync(Tx tx, Actor actor, ProjectId id, CancellationToken cancellationToken) =>
        MoveAsync(tx, actor, id, Put, "project.delete", isHidden: true, cancellationToken);

    /// <summary>Takes a project out of it; false when it is not there, or was erased.</summary>
    public Task<bool> TakeAsync(Tx tx, Actor actor, ProjectId id, CancellationToken cancellationToken) =>
        MoveAsync(tx, actor, id, Take, "project.restore", isHidden: false, cancellationToken);

    private async Task<bool> MoveAsync(
        Tx tx, Actor actor, ProjectId id, string move, string action, bool isHidden, CancellationToken cancellationToken)
    {
        if (await tx.FindAsync<Guid?>(move, new { id = id.Value, now = clock.GetUtcNow() }, cancellationToken) is not { } key)
        {
            return false;
        }

        await Places.HideAsync(tx, Scope.Of(id), isHidden, cancellationToken);
        var change = new Change(
            action, new ProjectRef(id, key), "project", id.ToString(), new { deleted = !isHidden }, new { deleted = isHidden });
        await changes.AppendAsync(tx, actor, change, cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent(action, id, "project", id.ToString(), null), cancellationToken);
        return true;
    }
}
