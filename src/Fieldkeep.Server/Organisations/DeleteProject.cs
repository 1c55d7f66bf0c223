using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Organisations;

/// <summary>Moves a project to the trash: nobody sees it or sends to it; nothing in it is destroyed.</summary>
internal sealed class DeleteProject(Db db, Policy policy, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string Trash = """
        update organisations.projects set deleted_at = @now
        where id = @id and deleted_at is null
        returning key_id
        """;

    /// <summary>Moves the project to the trash.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>.</exception>
    public async Task RunAsync(Actor actor, ProjectId id, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectDelete, Scope.Of(id), cancellationToken);
        policy.RequireConfirmed(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        var key = await tx.FindAsync<Guid?>(Trash, new { id = id.Value, now = clock.GetUtcNow() }, cancellationToken)
            ?? throw AccessProblems.Unseen();
        var project = new ProjectRef(id, key);
        await Places.HideAsync(tx, Scope.Of(id), isHidden: true, cancellationToken);
        await changes.AppendAsync(
            tx,
            actor,
            new Change("project.delete", project, "project", id.ToString(), new { deleted = false }, new { deleted = true }),
            cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("project.delete", id, "project", id.ToString(), null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
    }
}
