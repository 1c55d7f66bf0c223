using Fieldkeep.Journal.Disks;
using Fieldkeep.Journal.Quarantine;
using Fieldkeep.Journal.Segments;

namespace Fieldkeep.Journal.Writing;

/// <summary>
/// The one that writes: takes all records that wait, writes them as one batch with one sync, and then says so to all of them in their order. On a thread of
/// its own, because a disk that hangs would keep one of the pool's for as long.
/// </summary>
internal sealed class GroupWriter
{
    /// <summary>At most so many records become durable at once.</summary>
    public const int MaxBatchRecords = 256;

    /// <summary>A batch takes no more records when it has as much, bytes.</summary>
    public const int MaxBatchBytes = 4 << 20;

    private readonly Queue<Order> _orders = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IJournalDisk _disk;
    private readonly JournalSeal _seal;
    private readonly JournalOptions _options;
    private readonly TimeProvider _clock;
    private readonly Shelf _shelf;
    private readonly ShelfTending _tending;
    private readonly QuarantineFolder _quarantine;
    private readonly Pause _pause;
    private OpenSegment? _open;
    private Segment? _last;
    private long _lastNumber;
    private long _lastEnd;
    private JournalException? _trouble;

    public GroupWriter(IJournalDisk disk, JournalSeal seal, JournalOptions options, TimeProvider clock, Shelf shelf, LastSegment last, QuarantineFolder quarantine)
    {
        (_disk, _seal, _options, _clock, _shelf, _quarantine) = (disk, seal, options, clock, shelf, quarantine);
        (_last, _lastNumber, _lastEnd) = (last.Segment, last.Number, last.DurableEnd);
        _pause = new Pause(clock);
        _tending = new ShelfTending(disk, shelf, options, clock);
        new Thread(Run) { IsBackground = true, Name = "intake journal" }.Start();
    }

    /// <summary>Hands an order over.</summary>
    public void Hand(Order order)
    {
        lock (_orders)
        {
            _orders.Enqueue(order);
            Monitor.Pulse(_orders);
        }
    }

    /// <summary>Waits until everything that was ordered before the close is done; false when the disk hangs and the writer with it.</summary>
    public async Task<bool> EndAsync(TimeSpan patience)
    {
        try
        {
            await _ended.Task.WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            return false;
        }

        _open?.Dispose();
        return true;
    }

    private void Run()
    {
        var batch = new List<WaitingRecord>();
        while (true)
        {
            switch (Take(batch))
            {
                case Order.Append:
                    Write(batch);
                    batch.Clear();
                    break;
                case Order.Quarantine quarantine:
                    Move(quarantine);
                    break;
                case Order.Release release:
                    Release(release);
                    break;
                case Order.Tend tend:
                    Tend();
                    tend.Tended.TrySetResult();
                    break;
                case Order.Close:
                    End();
                    Tend();
                    _ended.TrySetResult();
                    return;
            }
        }
    }

    // Waits for the next order; with a record come all that wait behind it.
    private Order Take(List<WaitingRecord> batch)
    {
        lock (_orders)
        {
            Order? first;
            while (!_orders.TryDequeue(out first))
            {
                Monitor.Wait(_orders);
            }

            if (first is Order.Append append)
            {
                batch.Add(append.Record);
                var bytes = (long)append.Record.FrameBytes;
                while (batch.Count < MaxBatchRecords && _orders.TryPeek(out var next)
                    && next is Order.Append { Record: var record } && bytes + record.FrameBytes <= MaxBatchBytes)
                {
                    _orders.Dequeue();
                    batch.Add(record);
                    bytes += record.FrameBytes;
                }
            }

            return first;
        }
    }

    private void Write(List<WaitingRecord> batch)
    {
        JournalException refusal;
        try
        {
            if (_pause.IsOn && _trouble is not null)
            {
                throw new JournalException(_trouble.Reason, _trouble.Message, _trouble);
            }

            var bytes = Frame.RoundUp(batch.Sum(record => (long)record.FrameBytes));
            RequireRoom(bytes);
            var segment = Segment(bytes);
            var places = segment.Append(batch);
            _lastEnd = segment.End;
            _shelf.Settle(segment.Segment, batch, places, segment.End);
            _pause.End();
            Note(null);
            foreach (var record in batch)
            {
                record.Succeed();
            }

            return;
        }
        catch (JournalException e)
        {
            refusal = e;
        }
#pragma warning disable CA1031 // Whatever happened, the disk's content is not known any more and somebody waits for an answer: it is no.
        catch (Exception e)
#pragma warning restore CA1031
        {
            refusal = Abandon(e);
        }

        Note(refusal);
        _shelf.Refuse(batch);
        foreach (var record in batch)
        {
            record.Fail(refusal);
        }
    }

    private void RequireRoom(long bytes)
    {
        // The end of the open segment and the header of the next may come with it.
        var needed = bytes + (2 * Frame.BlockBytes);
        if (!_shelf.HasRoom(needed))
        {
            // The database may have all of the open segment: then it is no longer in the way.
            if (_open is { } open && _shelf.With(() => open.Segment.Waiting == 0))
            {
                End();
                Tend();
            }

            if (!_shelf.HasRoom(needed))
            {
                throw JournalException.TooMuchWaits(_options.MaxUndrainedBytes);
            }
        }

        var free = _disk.FreeBytes();
        var reserved = _open is null ? Math.Max(_options.SegmentBytes, bytes) : bytes;
        var kept = _options.MinFreeBytes + (_options.IsOnDatabaseDisk ? _shelf.UndrainedBytes : 0);
        if (free - reserved < kept)
        {
            throw new JournalException(
                JournalTrouble.Full, $"The journal's disk has {free} bytes free and must keep {kept}: free some, and the journal takes more.");
        }
    }

    private OpenSegment Segment(long bytes)
    {
        if (_open is { } full && full.End > Frame.BlockBytes && full.End + bytes > _options.SegmentBytes)
        {
            End();
        }

        if (_open is { } open)
        {
            return open;
        }

        var header = new SegmentHeader(_lastNumber + 1, _clock.GetUtcNow(), _last?.Number ?? 0, _lastEnd);
        // A number is used once, even when its file could not be made.
        _lastNumber = header.Number;
        try
        {
            _open = OpenSegment.Create(_disk, _seal, header, _options.SegmentBytes, _clock.GetTimestamp());
        }
        catch
        {
            _tending.TryUnlink(SegmentName.New(header.Number).ToString());
            throw;
        }

        _shelf.Add(_open.Segment);
        if (_last is { } before)
        {
            var bound = new SegmentBound(IsLast: false, _lastEnd);
            _shelf.With(() => before.Bound = bound);
        }

        (_last, _lastEnd) = (_open.Segment, _open.End);
        return _open;
    }

    // Closes the open segment for ever, and never syncs it again: after a failed sync the kernel may call what it lost clean.
    private JournalException Abandon(Exception cause)
    {
        _pause.Fail();
        Close();
        return JournalException.Of(cause);
    }

    private void End()
    {
        if (_open is not { } open)
        {
            return;
        }

        try
        {
            open.WriteEnd(_clock.GetUtcNow());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its records are durable without the end; the next segment says up to where.
            Note(new JournalException(JournalTrouble.Broken, $"A segment of the journal could not be closed in order: {e.Message}", e));
        }

        _lastEnd = open.End;
        _shelf.Settle(open.Segment, [], [], open.End);
        Close();
    }

    private void Close()
    {
        if (_open is { } open)
        {
            _shelf.With(() => open.Segment.IsOpen = false);
            open.Dispose();
            _open = null;
        }
    }

    private void Tend()
    {
        if (_open is { } open && open.End > Frame.BlockBytes && _clock.GetElapsedTime(open.OpenedStamp) >= _options.SegmentAge)
        {
            End();
        }

        _tending.Run();
    }

    private void Move(Order.Quarantine order)
    {
        try
        {
            if (order.Kept is { } kept)
            {
                _quarantine.Put(kept, order.Reason);
            }
            else
            {
                var (segment, place) = _shelf.Find(order.Id)
                    ?? throw new JournalException(JournalTrouble.NoRecord, $"No record with the id {order.Id} waits.");
                _quarantine.Put(segment.File, segment.Number, place, order.Reason);
            }

            _shelf.Done(order.Id, out _);
            order.Moved.TrySetResult();
            _tending.Run();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            order.Moved.TrySetException(new JournalException(JournalTrouble.Broken, $"The record {order.Id} could not be put into quarantine: {e.Message}", e));
        }
        catch (JournalException e)
        {
            order.Moved.TrySetException(e);
        }
    }

    private void Release(Order.Release order)
    {
        try
        {
            _quarantine.Remove(order.File);
            order.Released.TrySetResult();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            order.Released.TrySetException(new JournalException(JournalTrouble.Broken, $"“{order.File}” could not be removed from the quarantine: {e.Message}", e));
        }
    }

    private void Note(JournalException? trouble)
    {
        _trouble = trouble;
        _shelf.Note(trouble);
    }
}
