namespace Fieldkeep.Server.Database.Servers;

/// <summary>
/// Refuses transactions of somebody whose lease another has by now. What is awaited below <see cref="Enter"/> is under it, however deep: it need not know.
/// </summary>
internal sealed class Fence(Guid run, long epoch, CancellationTokenSource turn) : IDisposable
{
    // Held until the transaction ends: whoever takes the lease over waits for it. One that hangs in between is ended by PostgreSQL, so that nobody waits for ever:
    // later than a commit waits for a backup that hangs (FollowState.Patience, 10 s).
    private const string Hold = """
        select set_config('idle_in_transaction_session_timeout', '30s', true)
        from database.leases where name = 'background' and run = @run and epoch = @epoch
        for key share
        """;

    private static readonly AsyncLocal<Fence?> Held = new();

    private volatile bool _isOver;

    /// <summary>The one that the caller is under; null when it is under none, or what it was begun for has ended.</summary>
    public static Fence? Current => Held.Value is { _isOver: false } fence ? fence : null;

    /// <summary>Puts the rest of what the caller awaits under this, until it is disposed.</summary>
    public void Enter() => Held.Value = this;

    /// <summary>Lets a transaction begin, if the lease is still here.</summary>
    /// <exception cref="OperationCanceledException">It is another's: the turn has ended.</exception>
    public async Task RequireAsync(Tx tx, CancellationToken cancellationToken)
    {
        if (await tx.FindAsync<string>(Hold, new { run, epoch }, cancellationToken) is null)
        {
            await turn.CancelAsync();
            turn.Token.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _isOver = true;
}
