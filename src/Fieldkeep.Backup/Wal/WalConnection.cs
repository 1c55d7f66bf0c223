using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Npgsql;
using Npgsql.Replication;

namespace Fieldkeep.Backup.Wal;

/// <summary>One connection of the receiver: finds out where to go on, and receives until something ends it.</summary>
internal sealed class WalConnection : IAsyncDisposable
{
    private const string NeededSegmentBytes = "16MB";

    private readonly PhysicalReplicationConnection _connection;
    private readonly WalSlot _slot;
    private readonly OwnLog _own;
    private readonly WalShelf _shelf;
    private readonly WalProgress _progress;
    private readonly TimeProvider _clock;

    private WalConnection(
        ClusterAddress address, PhysicalReplicationConnection connection, WalSlot slot, WalShelf shelf, WalProgress progress, TimeProvider clock)
    {
        _connection = connection;
        _slot = slot;
        _own = new OwnLog(address);
        _shelf = shelf;
        _progress = progress;
        _clock = clock;
    }

    /// <summary>Connects twice: one connection streams, the other asks.</summary>
    public static async Task<WalConnection> OpenAsync(
        ClusterAddress address, WalShelf shelf, WalProgress progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        var text = new NpgsqlConnectionStringBuilder(address.ConnectionString) { ApplicationName = WalReceiver.StandbyName, Pooling = false };
        var slot = await WalSlot.OpenAsync(address, cancellationToken);
        var connection = new PhysicalReplicationConnection(text.ConnectionString);
        try
        {
            await connection.Open(cancellationToken);
            return new WalConnection(address, connection, slot, shelf, progress, clock);
        }
        catch
        {
            await connection.DisposeAsync();
            await slot.DisposeAsync();
            throw;
        }
    }

    /// <summary>Receives from the durable end on; returns when PostgreSQL ends the stream.</summary>
    /// <exception cref="BackupException">The log cannot be kept.</exception>
    public async Task ReceiveAsync(TimeSpan lookEvery, CancellationToken cancellationToken)
    {
        var identity = await _connection.IdentifySystem(cancellationToken);
        var system = ulong.Parse(identity.SystemId, NumberStyles.None, CultureInfo.InvariantCulture);
        var timeline = identity.Timeline;
        if (await _connection.Show("wal_segment_size", cancellationToken) is var size && size != NeededSegmentBytes)
        {
            throw new BackupException(
                BackupTrouble.ToolFailed, $"the cluster's log has segments of {size}; only {NeededSegmentBytes} can be kept", "make the cluster anew without --wal-segsize");
        }

        // Before it is looked at: from here on PostgreSQL removes nothing of it.
        var reserved = await _slot.PrepareAsync(cancellationToken);
        var next = await new WalContinuity(_shelf, _own).FindAsync(
            system, timeline, new Lsn((ulong)identity.XLogPos), _progress.Durable, cancellationToken);
        await KeepHistoriesAsync(next.Past, timeline, cancellationToken);
        var start = next.Start ?? reserved.SegmentStart;
        _progress.Begin(next, timeline, start);
        using var writer = new WalStreamWriter(_shelf, next.Past, timeline, start);
        await new WalStream(_connection, _slot, writer, _progress, _clock).ReceiveAsync(timeline, lookEvery, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _slot.DisposeAsync();
    }

    // Older ones, too: a restore must not give a new timeline a number that was used.
    private async Task KeepHistoriesAsync(WalPast past, uint timeline, CancellationToken cancellationToken)
    {
        if (timeline <= 1 || _shelf.Histories(past).Contains(timeline))
        {
            return;
        }

        var history = await _own.FindHistoryAsync(timeline, cancellationToken) ?? throw new BackupException(
            BackupTrouble.ToolFailed, $"PostgreSQL has no history of its timeline {timeline}", "was a file removed from its pg_wal?");
        var kept = _shelf.Histories(past);
        foreach (var fork in TimelineHistory.Parse(history).Where(fork => fork.Timeline > 1 && !kept.Contains(fork.Timeline)))
        {
            // PostgreSQL itself does without those.
            if (await _own.FindHistoryAsync(fork.Timeline, cancellationToken) is { } older)
            {
                _shelf.KeepHistory(past, fork.Timeline, older);
            }
        }

        _shelf.KeepHistory(past, timeline, history);
    }
}
