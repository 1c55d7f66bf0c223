using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Erasure;

/// <summary>
/// Erases a project for good: destroys its keys in every copy of the keyring, so that nobody reads its answers again, in no backup either;
/// its rows and files follow in the background.
/// </summary>
internal sealed class EraseProject(
    Policy policy,
    ErasedProjects projects,
    ErasureRows rows,
    BeginErasure begin,
    DestroyKeys destroy)
{
    /// <summary>Erases the project; returns when its keys are destroyed.</summary>
    /// <param name="name">The project's name, as the one who orders it typed it.</param>
    /// <param name="reason">Why; kept sealed in the ledger.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>erasure.name</c>, <c>erasure.reason</c>, <c>erasure.done</c>,
    /// <c>hold.active</c>, <c>project.suspended</c>.
    /// </exception>
    /// <param name="despite">What is known to whoever stands at the machine; nobody else erases despite of it.</param>
    public async Task<ErasureRow> RunAsync(
        Actor actor, ProjectId id, string? name, string? reason, ErasureDespite despite, CancellationToken cancellationToken)
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
        var order = await begin.JoinAsync(actor, project, why, actor.Door == Door.CommandLine ? despite : ErasureDespite.Nothing, cancellationToken);
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
}
