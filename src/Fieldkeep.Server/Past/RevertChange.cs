using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Past;

/// <summary>
/// Brings back what was before a change of settings or permissions: a new change with the old content, by the same operation and under the
/// same policy as if somebody typed it anew.
/// </summary>
internal sealed class RevertChange(Db db, ReadRevertible read, RevertSettings settings, RevertRoles roles) : IDisposable
{
    // Each holds a connection and needs a second: whoever waits for a turn holds none, so that phones never wait for people who revert.
    private const int AtOnce = 2;

    // Two who revert the same wait for each other, and the second is told of the first.
    private const string Lock = "select pg_advisory_xact_lock(hashtextextended(@key, 7224010038))";

    private readonly SemaphoreSlim _turns = new(AtOnce);

    /// <summary>Reverts a change of a project.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>change.not_found</c>, <c>change.not_revertible</c>, <c>change.newer</c>,
    /// <c>change.nothing</c>, and whatever the operation itself refuses.
    /// </exception>
    public async Task OfProjectAsync(Actor actor, ProjectId project, long id, RevertWish wish, CancellationToken cancellationToken) =>
        await RunAsync(actor, await read.GetOfProjectAsync(actor, project, id, cancellationToken), wish, cancellationToken);

    /// <summary>Reverts a change that belongs to no project.</summary>
    /// <exception cref="ProblemException">As <see cref="OfProjectAsync"/>.</exception>
    public async Task OfServerAsync(Actor actor, long id, RevertWish wish, CancellationToken cancellationToken) =>
        await RunAsync(actor, await read.GetOfServerAsync(actor, id, cancellationToken), wish, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();

    private async Task RunAsync(Actor actor, RevertibleChange change, RevertWish wish, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            await RevertAsync(actor, change, wish, cancellationToken);
        }
        finally
        {
            _turns.Release();
        }
    }

    private async Task RevertAsync(Actor actor, RevertibleChange change, RevertWish wish, CancellationToken cancellationToken)
    {
        await using var hold = await db.BeginAsync(cancellationToken);
        await hold.ExecuteAsync(Lock, new { key = $"{change.Project?.Id} {change.Thing}" }, cancellationToken);
        var newest = await read.FindNewerAsync(change, cancellationToken);
        if (newest is not null && newest.Id != wish.Even)
        {
            throw PastProblems.Newer(newest);
        }

        if (ReadRevertible.IsSame((newest ?? change.Entry).After, change.Entry.Before))
        {
            throw PastProblems.Nothing();
        }

        await (change.Actions[0] switch
        {
            "role.assign" or "role.assign_limited" or "deployment.add_person" or "role.update" =>
                roles.RunAsync(actor, change.Project, change.Entry, cancellationToken),
            _ => settings.RunAsync(actor, change.Project, change.Entry, wish.ConfirmFinal, cancellationToken),
        });
    }
}

/// <summary>What whoever reverts a change knows besides.</summary>
/// <param name="Even">The number of the newest change on the same thing, when that is to be undone, too.</param>
/// <param name="ConfirmFinal">How many submissions they know to become final when stages go back.</param>
internal sealed record RevertWish(long? Even, long? ConfirmFinal);
