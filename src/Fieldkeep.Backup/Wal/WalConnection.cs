using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Npgsql;
using Npgsql.Replication;

namespace Fieldkeep.Backup.Wal;

/// <summary>One connection of the receiver: finds out where to go on, and receives until something ends it.</summary>
internal sealed class WalConnection : IAsyncDisposable
{
    private const string NeededSegmentBytes = "16MB";
    private const string SegmentRemoved = "58P01"; // undefined_file: “requested WAL segment … has already been removed”

    private readonly ClusterAddress _address;
    private readonly PhysicalReplicationConnection _stream;
    private readonly WalSlot _slot;
    private readonly WalShelf _shelf;
    private readonly WalProgress _progress;
    private readonly Action<Func<WalReceiverState, WalReceiverState>> _change;
    private readonly TimeProvider _clock;
    private ulong _system;
    private uint _timeline;

    private WalConnection(
        ClusterAddress address,
        PhysicalReplicationConnection stream,
        WalSlot slot,
        WalShelf shelf,
        WalProgress progress,
        Action<Func<WalReceiverState, WalReceiverState>> change,
        TimeProvider clock)
    {
        _address = address;
        _stream = stream;
        _slot = slot;
        _shelf = shelf;
        _progress = progress;
        _change = change;
        _clock = clock;
    }

    /// <summary>Connects twice: one connection streams, the other asks.</summary>
    public static async Task<WalConnection> OpenAsync(
        ClusterAddress address,
        WalShelf shelf,
        WalProgress progress,
        Action<Func<WalReceiverState, WalReceiverState>> change,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var text = new NpgsqlConnectionStringBuilder(address.ConnectionString) { ApplicationName = WalReceiver.StandbyName, Pooling = false };
        var slot = await WalSlot.OpenAsync(text.ConnectionString, cancellationToken);
        var stream = new PhysicalReplicationConnection(text.ConnectionString);
        try
        {
            await stream.Open(cancellationToken);
            return new WalConnection(address, stream, slot, shelf, progress, change, clock);
        }
        catch
        {
            await stream.DisposeAsync();
            await slot.DisposeAsync();
            throw;
        }
    }

    /// <summary>Receives from the durable end on; returns when PostgreSQL ends the stream.</summary>
    /// <exception cref="BackupException">What is kept and what PostgreSQL has do not belong together.</exception>
    public async Task ReceiveAsync(TimeSpan lookEvery, CancellationToken cancellationToken)
    {
        var identity = await _stream.IdentifySystem(cancellationToken);
        _system = ulong.Parse(identity.SystemId, NumberStyles.None, CultureInfo.InvariantCulture);
        _timeline = identity.Timeline;
        if (await _stream.Show("wal_segment_size", cancellationToken) is var size && size != NeededSegmentBytes)
        {
            throw new BackupException(
                BackupTrouble.ToolFailed, $"the cluster's log has segments of {size}; only {NeededSegmentBytes} can be kept", "make the cluster anew without --wal-segsize");
        }

        await KeepHistoriesAsync(cancellationToken);
        var kept = FindKept();
        var end = new Lsn((ulong)identity.XLogPos);
        if (kept > end)
        {
            throw Foreign(
                $"PostgreSQL's log ends at {end} of timeline {_timeline}, before {kept} that is kept here: its data directory was set back without a restore");
        }

        var reserved = await _slot.PrepareAsync(cancellationToken);
        var start = kept ?? reserved.SegmentStart;
        try
        {
            await StreamAsync(start, lookEvery, cancellationToken);
        }
        catch (PostgresException gone) when (gone.SqlState == SegmentRemoved && kept is not null && _progress.Durable == kept)
        {
            await ResumeAfterGapAsync(start, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        await _slot.DisposeAsync();
    }

    private static BackupException Foreign(string what) => new(
        BackupTrouble.Damaged, what, "give this server a new backup directory; what is in this one stays as it is");

    // What lies between is nowhere any more; from here on a restore needs a newer base backup.
    private async Task ResumeAfterGapAsync(Lsn missing, CancellationToken cancellationToken)
    {
        await _slot.DropAsync(cancellationToken);
        var next = (await _slot.PrepareAsync(cancellationToken)).SegmentStart;
        var words = $"PostgreSQL no longer has its log from {missing} to {next}: the backup has a gap there, and a new base backup is needed";
        _change(state => state with { NeedsBaseAfter = next, Trouble = words });
        Remember(next);
        throw new BackupException(BackupTrouble.Damaged, words, "take a backup now");
    }

    private Lsn? FindKept()
    {
        if (_progress.System == _system && _progress.Timeline == _timeline && _progress.Durable is { } known)
        {
            return known;
        }

        var timelines = _shelf.Timelines(_system);
        if (timelines is [.., var newest] && newest > _timeline)
        {
            throw Foreign($"PostgreSQL is on timeline {_timeline}; a restored database on timeline {newest} already wrote its log here");
        }

        if (WalRunReader.FindEnd(_shelf, _system, _timeline) is { } end)
        {
            return end;
        }

        // A new timeline begins in a segment with all that the old one has in it.
        var forks = _timeline > 1 && _shelf.FindHistory(_system, _timeline) is { } history ? TimelineHistory.Parse(history) : [];
        if (timelines.Count == 0 || forks is not [.., var fork])
        {
            return null;
        }

        var start = fork.End.SegmentStart;
        if (timelines.Contains(fork.Timeline) && WalRunReader.FindEnd(_shelf, _system, fork.Timeline) is { } before && before < start)
        {
            _change(state => state with
            {
                NeedsBaseAfter = start,
                Trouble = $"the log of timeline {fork.Timeline} ends at {before} and timeline {_timeline} begins at {fork.End}: a new base backup is needed",
            });
        }

        return start;
    }

    private async Task KeepHistoriesAsync(CancellationToken cancellationToken)
    {
        if (_timeline <= 1)
        {
            return;
        }

        var history = await FetchHistoryAsync(_timeline, cancellationToken) ?? throw new BackupException(
            BackupTrouble.ToolFailed, $"PostgreSQL has no history of its timeline {_timeline}", "was a file removed from its pg_wal?");
        if (_shelf.FindHistory(_system, _timeline) is { } kept)
        {
            if (!kept.AsSpan().SequenceEqual(history))
            {
                throw Foreign($"timeline {_timeline}, which PostgreSQL is on, is not the timeline {_timeline} that is kept here: both were restored apart");
            }

            return;
        }

        // Older ones, too: a restore must not give a new timeline a number that was used.
        foreach (var fork in TimelineHistory.Parse(history).Where(fork => fork.Timeline > 1 && _shelf.FindHistory(_system, fork.Timeline) is null))
        {
            // PostgreSQL itself does without those.
            if (await FetchHistoryAsync(fork.Timeline, cancellationToken) is { } older)
            {
                _shelf.KeepHistory(_system, fork.Timeline, older);
            }
        }

        _shelf.KeepHistory(_system, _timeline, history);
    }

    // Not with TIMELINE_HISTORY: Npgsql 10.0.0 expects bytes, and PostgreSQL sends text since 15.
    private async Task<byte[]?> FetchHistoryAsync(uint timeline, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(_address.ForMaintenance() + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var read = new NpgsqlCommand("select pg_catalog.pg_read_binary_file(@path, 0, 1048576, true)", connection);
        read.Parameters.AddWithValue("path", "pg_wal/" + TimelineHistory.NameOf(timeline));
        return await read.ExecuteScalarAsync(cancellationToken) as byte[];
    }

    private async Task StreamAsync(Lsn start, TimeSpan lookEvery, CancellationToken cancellationToken)
    {
        Remember(start);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var writer = new WalStreamWriter(_shelf, _system, _timeline, start);
        var messages = _stream.StartReplication(
            new PhysicalReplicationSlot(WalReceiver.SlotName), new((ulong)start.Value), ending.Token, _timeline).GetAsyncEnumerator(ending.Token);
        Task<bool>? next = null;
        try
        {
            _stream.SetReplicationStatus(new(start.Value));
            next = messages.MoveNextAsync().AsTask();
            var look = Task.Delay(lookEvery, _clock, ending.Token);
            var isFirst = true;
            while (true)
            {
                if (!next.IsCompleted)
                {
                    // All that came in one burst is confirmed at once, after one sync.
                    await ConfirmAsync(writer, cancellationToken);
                    if (await Task.WhenAny(next, look) == look)
                    {
                        await look;
                        await LookAsync(writer, cancellationToken);
                        look = Task.Delay(lookEvery, _clock, ending.Token);
                        continue;
                    }
                }

                if (!await next)
                {
                    await ConfirmAsync(writer, cancellationToken);
                    return;
                }

                if (isFirst)
                {
                    isFirst = false;
                    var now = _clock.GetUtcNow();
                    _change(state => state with { ConnectedSince = state.ConnectedSince ?? now, Trouble = state.NeedsBaseAfter is null ? null : state.Trouble });
                }

                await writer.WriteAsync(messages.Current, cancellationToken);
                if (writer.UnsyncedBytes >= WalStreamWriter.MaxUnsyncedBytes)
                {
                    await ConfirmAsync(writer, cancellationToken);
                }

                next = messages.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            await ending.CancelAsync();
            await EndAsync(next);
        }
    }

    // An enumeration must not be left while it moves.
    private static async Task EndAsync(Task<bool>? next)
    {
        if (next is not null)
        {
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ConfirmAsync(WalStreamWriter writer, CancellationToken cancellationToken)
    {
        if (writer.Sync() is not { } durable)
        {
            return;
        }

        Remember(durable);
        _stream.SetReplicationStatus(new(durable.Value));
        await _stream.SendStatusUpdate(cancellationToken);
        var now = _clock.GetUtcNow();
        _change(state => state with
        {
            Durable = durable,
            Current = state.Current is { } current && current > writer.ServerEnd ? current : writer.ServerEnd,
            LastReceivedAt = now,
        });
    }

    private async Task LookAsync(WalStreamWriter writer, CancellationToken cancellationToken)
    {
        var (at, end) = await _slot.LookAsync(cancellationToken);
        var now = _clock.GetUtcNow();
        writer.NoteIdle(at, end);
        await ConfirmAsync(writer, cancellationToken);
        _change(state => state with
        {
            Current = end,
            ConnectedSince = state.ConnectedSince ?? now,
            LastReceivedAt = now,
            Trouble = state.NeedsBaseAfter is null ? null : state.Trouble,
        });
    }

    private void Remember(Lsn durable)
    {
        _progress.System = _system;
        _progress.Timeline = _timeline;
        _progress.Durable = durable;
        _change(state => state with { Timeline = _timeline, Durable = durable });
    }
}
