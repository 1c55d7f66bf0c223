using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Erasure;

/// <summary>
/// Erases a project for good: destroys its keys in every copy of the keyring, so that nobody reads its answers again, in no backup either;
/// its rows and files follow in the background.
/// </summary>
internal sealed class EraseProject(
    Db db,
    Policy policy,
    ErasedProjects projects,
    ErasureRows rows,
    DestroyKeys destroy,
    Keyring keyring,
    ChangeLog changes,
    AuditLog audit,
    TimeProvider clock)
{
    /// <summary>Erases the project; returns when its keys are destroyed.</summary>
    /// <param name="name">The project's name, as the one who orders it typed it.</param>
    /// <param name="reason">Why; kept sealed in the ledger.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>erasure.name</c>, <c>erasure.reason</c>, <c>erasure.done</c>.
    /// </exception>
    public async Task<ErasureRow> RunAsync(Actor actor, ProjectId id, string? name, string? reason, CancellationToken cancellationToken)
    {
        var found = await projects.FindAsync(id, cancellationToken);
        await RequireAsync(actor, id, found, cancellationToken);
        var project = found ?? throw AccessProblems.Unseen();
        if (project.ErasedAt is not null)
        {
            throw ErasureProblems.Done();
        }

        if (name?.Trim() != project.Name)
        {
            throw ErasureProblems.Name();
        }

        var why = ErasureProblems.CheckReason(reason);
        var order = await BeginAsync(actor, project, why, cancellationToken);
        policy.Forget();
        // Ordered and written down: it is finished whether somebody waits or not.
        await destroy.RunAsync(actor, order, CancellationToken.None);
        return await rows.FindAsync(id, CancellationToken.None) ?? order;
    }

    private async Task RequireAsync(Actor actor, ProjectId id, ErasableProject? found, CancellationToken cancellationToken)
    {
        // Whoever stands at the machine has the keys in hand anyway; everyone else proves that it is still them, with no token.
        if (actor.Door == Door.CommandLine)
        {
            WhoAsks.RequireServer(actor);
            return;
        }

        await policy.RequireAsync(actor, Permission.ProjectErase, Scope.Of(id), cancellationToken);
        policy.RequireFresh(actor);
    }

    private async Task<ErasureRow> BeginAsync(Actor actor, ErasableProject project, string reason, CancellationToken cancellationToken)
    {
        var reference = new ProjectRef(project.Id, project.KeyId);
        if (keyring.ErasedProjects.Any(erased => erased.Project == project.KeyId))
        {
            // Erased before this database was restored; the round in the background is about to do it again.
            throw ErasureProblems.Done();
        }

        var (keys, epoch) = keyring.DescribeProjectKeys(project.KeyId);
        var order = new ErasureOrder(reference, project.Unit, reason, DestroyKeys.Describe(keys), epoch, IsReplay: false);
        await using var tx = await db.BeginAsync(cancellationToken);
        if (!await ErasedProjects.BuryAsync(tx, project.Id, clock.GetUtcNow(), cancellationToken)
            || !await rows.InsertAsync(tx, actor, order, cancellationToken))
        {
            throw ErasureProblems.Done();
        }

        var id = project.Id.ToString();
        await changes.AppendAsync(
            tx, actor, new Change("project.erase", null, "project", id, new { key = project.KeyId, keys }, new { reason }), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("project.erase", project.Id, "project", id, null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return await rows.FindAsync(project.Id, cancellationToken) ?? throw ErasureProblems.Unknown();
    }
}
