using Fieldkeep.Journal.Segments;

namespace Fieldkeep.Journal;

/// <summary>Knows the segments and the records that wait: what the writer and its callers share, under one gate.</summary>
internal sealed class Shelf(JournalOptions options, TimeProvider clock)
{
    private readonly Lock _gate = new();

    // A name changes on the disk and here as one for whoever reads. Not under the gate: a disk that hangs would hold up those who append.
    private readonly Lock _naming = new();
    private readonly List<Segment> _segments = [];
    private readonly Dictionary<Guid, WaitingRecord> _waiting = [];
    private readonly HashSet<JournalDamage> _damage = [];
    private readonly DateTimeOffset _openSince = clock.GetUtcNow();
    private long _undrainedBytes;
    private long _onTheWayBytes;
    private int _quarantined;
    private bool _isClosed;
    private JournalTroubleNote? _trouble;

    /// <summary>Takes a record in and hands it over, so that the order of those is one; or refuses it.</summary>
    /// <exception cref="JournalException">Closed, Full.</exception>
    /// <exception cref="ArgumentException">A record with this id waits already.</exception>
    public WaitingRecord Enter(Guid id, ReadOnlyMemory<byte> content, Action<WaitingRecord> handOver)
    {
        var record = new WaitingRecord(id, clock.GetUtcNow(), content);
        lock (_gate)
        {
            RequireOpen();
            if (_undrainedBytes + _onTheWayBytes + record.FrameBytes > options.MaxUndrainedBytes)
            {
                throw JournalException.TooMuchWaits(options.MaxUndrainedBytes);
            }

            if (!_waiting.TryAdd(id, record))
            {
                throw new ArgumentException($"A record with the id {id} waits already.", nameof(id));
            }

            _onTheWayBytes += record.FrameBytes;
            handOver(record);
        }

        return record;
    }

    /// <summary>Takes in what is said of a record, and hands it over.</summary>
    /// <exception cref="JournalException">Closed.</exception>
    public WaitingRecord Say(FrameKind what, Guid id, Action<WaitingRecord> handOver)
    {
        var said = new WaitingRecord(id, clock.GetUtcNow(), default, what);
        lock (_gate)
        {
            RequireOpen();
            _onTheWayBytes += said.FrameBytes;
            handOver(said);
        }

        return said;
    }

    /// <summary>Hands something over before the close, or refuses it.</summary>
    /// <exception cref="JournalException">Closed.</exception>
    public void WhileOpen(Action handOver)
    {
        lock (_gate)
        {
            RequireOpen();
            handOver();
        }
    }

    /// <summary>What segments take that are not drained, bytes.</summary>
    public long UndrainedBytes
    {
        get
        {
            lock (_gate)
            {
                return _undrainedBytes;
            }
        }
    }

    /// <summary>Whether so many bytes more may wait.</summary>
    public bool HasRoom(long bytes)
    {
        lock (_gate)
        {
            return _undrainedBytes + bytes <= options.MaxUndrainedBytes;
        }
    }

    /// <summary>Puts a segment on the shelf.</summary>
    public void Add(Segment segment)
    {
        lock (_gate)
        {
            _segments.Add(segment);
            _undrainedBytes += segment.Name.Standing == SegmentStanding.Undrained ? segment.End : 0;
        }
    }

    /// <summary>Removes a segment from the disk and the shelf, as one for whoever reads.</summary>
    public void Remove(Segment segment, Action<string> unlink)
    {
        lock (_naming)
        {
            unlink(segment.File);
            lock (_gate)
            {
                _segments.Remove(segment);
            }
        }
    }

    /// <summary>Notes a record that a segment held when the journal was opened.</summary>
    public void Found(Guid id, DateTimeOffset at, Segment segment, FramePlace place)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(id, out var record))
            {
                record = new WaitingRecord(id, at, default);
                record.Succeed();
                _waiting.Add(id, record);
            }

            record.Places.Add((segment, place));
            segment.Waiting++;
        }
    }

    /// <summary>Notes that a batch is durable.</summary>
    public void Settle(Segment segment, IReadOnlyList<WaitingRecord> batch, IReadOnlyList<FramePlace> places, long end)
    {
        lock (_gate)
        {
            _undrainedBytes += end - segment.End;
            segment.End = end;
            for (var at = 0; at < batch.Count; at++)
            {
                var record = batch[at];
                _onTheWayBytes -= record.FrameBytes;
                if (record.Kind != FrameKind.Record)
                {
                    segment.SpeaksFrom = Math.Min(segment.SpeaksFrom, FirstOf(record.Id));
                }

                if (record.IsDone || record.Kind != FrameKind.Record)
                {
                    continue;
                }

                record.Places.Add((segment, places[at]));
                segment.Waiting++;
            }
        }
    }

    /// <summary>Notes that a batch was refused.</summary>
    public void Refuse(IReadOnlyList<WaitingRecord> batch)
    {
        lock (_gate)
        {
            foreach (var record in batch)
            {
                _onTheWayBytes -= record.FrameBytes;
                if (_waiting.GetValueOrDefault(record.Id) == record)
                {
                    _waiting.Remove(record.Id);
                }
            }
        }
    }

    /// <summary>Notes that the database has a record. Also says whether a segment can be drained now.</summary>
    public bool Done(Guid id, out bool isDrainable)
    {
        isDrainable = false;
        lock (_gate)
        {
            if (!_waiting.TryGetValue(id, out var record) || record.IsDone)
            {
                return false;
            }

            record.IsDone = true;
            _waiting.Remove(id);
            foreach (var (segment, _) in record.Places)
            {
                segment.Waiting--;
                isDrainable |= segment.IsDrainable;
            }

            return true;
        }
    }

    /// <summary>Where a record lies that waits and is durable, the last place if there are several; null when none does.</summary>
    public (Segment Segment, FramePlace Place)? Find(Guid id)
    {
        lock (_gate)
        {
            return _waiting.TryGetValue(id, out var record) && record.Places.Count > 0 ? record.Places[^1] : null;
        }
    }

    /// <summary>Whether a durable record waits that is not among some.</summary>
    public bool HasWaiting(Func<Guid, bool> isAmong)
    {
        lock (_gate)
        {
            return _waiting.Values.Any(record => record.Places.Count > 0 && !isAmong(record.Id));
        }
    }

    /// <summary>Whether the record that lies at a place waits. Of one that lies at several the last counts: it may have been written anew.</summary>
    public bool Waits(Guid id, Segment segment, FramePlace place)
    {
        lock (_gate)
        {
            return _waiting.TryGetValue(id, out var record) && record.Places.Count > 0 && record.Places[^1] == (segment, place);
        }
    }

    /// <summary>Changes something of a segment, or reads several things of it at one instant.</summary>
    public T With<T>(Func<T> change)
    {
        lock (_gate)
        {
            return change();
        }
    }

    /// <summary>The segments, rising by number, as they are at this moment.</summary>
    public IReadOnlyList<Segment> Segments()
    {
        lock (_gate)
        {
            return [.. _segments];
        }
    }

    /// <summary>Whether a segment is still there and has this name; waits while one is being renamed.</summary>
    public bool Has(Segment segment, string file)
    {
        lock (_naming)
        {
            lock (_gate)
            {
                return segment.File == file && _segments.Contains(segment);
            }
        }
    }

    /// <summary>Gives a segment another name on the disk and the shelf, as one for whoever reads.</summary>
    public void Rename(Segment segment, SegmentName name, Action<string, string> rename)
    {
        lock (_naming)
        {
            rename(segment.File, name.ToString());
            lock (_gate)
            {
                _undrainedBytes -= segment.Name.Standing == SegmentStanding.Undrained ? segment.End : 0;
                segment.Name = name;
            }
        }
    }

    /// <summary>Notes damage.</summary>
    public void Note(Segment? segment, IEnumerable<JournalDamage> damage)
    {
        lock (_gate)
        {
            foreach (var one in damage)
            {
                _damage.Add(one);
                segment?.IsDamaged = true;
                segment?.IsHeld |= one.Kind is DamageKind.Unreadable or DamageKind.UnknownKind || one.Offset == 0;
            }
        }
    }

    /// <summary>Notes the trouble of the last attempt to write; null when it went well.</summary>
    public void Note(JournalException? trouble)
    {
        lock (_gate)
        {
            _trouble = trouble is null ? null
                : new JournalTroubleNote(trouble.Reason, trouble.Message, _trouble?.Reason == trouble.Reason ? _trouble.Since : clock.GetUtcNow());
        }
    }

    /// <summary>Counts files in quarantine.</summary>
    public void CountQuarantined(int more)
    {
        lock (_gate)
        {
            _quarantined += more;
        }
    }

    /// <summary>Takes no more from now on, and hands the close over as the last, once.</summary>
    public void Close(Action handOver)
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _isClosed = true;
                handOver();
            }
        }
    }

    /// <summary>How everything stands.</summary>
    public JournalState State()
    {
        lock (_gate)
        {
            var waiting = _waiting.Values.Where(record => record.Places.Count > 0).Select(record => (DateTimeOffset?)record.At).ToList();
            var kept = _segments.Count(segment => segment.Name.Standing != SegmentStanding.Undrained);
            return new JournalState(
                _openSince, waiting.Count, _undrainedBytes, options.MaxUndrainedBytes, waiting.Min(), kept, _quarantined,
                [.. _damage.OrderBy(one => one.File, StringComparer.Ordinal).ThenBy(one => one.Offset)], _trouble);
        }
    }

    // The first segment with a record; 0 when that is not known any more.
    private long FirstOf(Guid id) =>
        _waiting.TryGetValue(id, out var record) && record.Places.Count > 0 ? record.Places.Min(place => place.Segment.Number) : 0;

    private void RequireOpen()
    {
        if (_isClosed)
        {
            throw new JournalException(JournalTrouble.Closed, "The journal is closed: this server ends.");
        }
    }
}
