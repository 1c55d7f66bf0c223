namespace Fieldkeep.Server.Database.Servers;

/// <summary>
/// Lets work in the background that only one server may do be done by the one that has the lease for it. What it does in the database is refused there once another
/// has it, and it ends by itself when the lease could not be renewed in time.
/// </summary>
internal sealed class LeaderLease(LeaseRows leases, OwnServer own) : IDisposable
{
    // By this machine's own clock, from before it was asked for: less than the time that it is taken for.
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly HashSet<CancellationTokenSource> _turns = [];
    private long? _epoch;
    private bool _hasBegun;
    private bool _isOthers;
    private long _renewedAt;

    /// <summary>Whether this server has it.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_gate)
            {
                return _epoch is not null && Left > TimeSpan.Zero;
            }
        }
    }

    // Let go of it, or found it with another server. One that is only locked at this moment, or of a former process of this server, is nobody's to do yet.
    private bool IsOthers
    {
        get
        {
            lock (_gate)
            {
                return _isOthers;
            }
        }
    }

    private TimeSpan Left => GoodFor - TimeProvider.System.GetElapsedTime(_renewedAt);

    /// <summary>Renews it, or takes it when it is free.</summary>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        long? known;
        lock (_gate)
        {
            known = _epoch;
        }

        var asked = TimeProvider.System.GetTimestamp();
        var epoch = known is { } mine && await leases.RenewAsync(LeaseRows.Background, mine, cancellationToken)
            ? mine
            : await leases.TakeAsync(LeaseRows.Background, !_hasBegun, isForced: false, cancellationToken);
        var isOthers = epoch is null && await leases.GetAsync(LeaseRows.Background, cancellationToken) is { IsHeld: true } found && found.Server != own.Name;
        lock (_gate)
        {
            (_hasBegun, _isOthers) = (true, isOthers);
            if (_epoch != epoch)
            {
                EndTurns();
            }

            (_epoch, _renewedAt) = (epoch, asked);
            foreach (var turn in _turns)
            {
                turn.CancelAfter(Soonest(Left));
            }
        }
    }

    /// <summary>Ends what is done under it, and lets go of it.</summary>
    public async Task LetGoAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            EndTurns();
            (_epoch, _isOthers) = (null, true);
        }

        await leases.LetGoAsync(LeaseRows.Background, cancellationToken);
    }

    /// <summary>Does something while this server has it; nothing when it has not, and no more of it once it is another's.</summary>
    /// <returns>
    /// Whether it came to its end, or is another's to do; false when it was cut off, or the lease could not be renewed in time. Then nobody is known to have done it.
    /// </returns>
    public async Task<bool> RunAsync(Func<CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        if (Begin(cancellationToken) is not var (turn, epoch))
        {
            return IsOthers;
        }

        using var fence = new Fence(own.Run, epoch, turn);
        try
        {
            fence.Enter();
            await act(turn.Token);

            // Work in steps may have passed over what was called off.
            return !turn.IsCancellationRequested;
        }
        catch (OperationCanceledException) when (turn.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Whoever has the lease by now goes on from here.
            return false;
        }
        finally
        {
            lock (_gate)
            {
                _turns.Remove(turn);
            }

            turn.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            EndTurns();
        }
    }

    private (CancellationTokenSource Turn, long Epoch)? Begin(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_epoch is not { } epoch || Left <= TimeSpan.Zero)
            {
                return null;
            }

            var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            turn.CancelAfter(Soonest(Left));
            _turns.Add(turn);
            return (turn, epoch);
        }
    }

    private void EndTurns()
    {
        foreach (var turn in _turns)
        {
            turn.CancelAfter(TimeSpan.Zero);
        }

        _turns.Clear();
    }

    private static TimeSpan Soonest(TimeSpan left) => left > TimeSpan.Zero ? left : TimeSpan.Zero;
}
