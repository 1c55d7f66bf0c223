using System.Runtime.CompilerServices;
using Fieldkeep.Journal.Disks;
using Fieldkeep.Journal.Quarantine;
using Fieldkeep.Journal.Segments;
using Fieldkeep.Journal.Writing;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Journal;

/// <summary>
/// A write-ahead journal in front of the database: what was accepted is durable here before it is anywhere else, and stays until the database has it, and
/// some days longer. Safe for several threads. Format: docs/formats/intake-journal.md.
/// </summary>
public sealed class IntakeJournal : IAsyncDisposable
{
    /// <summary>The largest record, bytes: 16 MiB.</summary>
    public const int MaxRecordBytes = 16 << 20;

    /// <summary>The longest reason of a quarantine, ASCII characters.</summary>
    public const int MaxReasonLength = 100;

    private static readonly TimeSpan TendEvery = TimeSpan.FromSeconds(10);

    private readonly IJournalDisk _disk;
    private readonly JournalSeal _seal;
    private readonly IDisposable? _lock;
    private readonly Shelf _shelf;
    private readonly QuarantineFolder _quarantine;
    private readonly GroupWriter _writer;
    private readonly ITimer _timer;
    private readonly TimeSpan _closePatience;

    private IntakeJournal(IJournalDisk disk, JournalSeal seal, JournalOptions options, TimeProvider clock, IDisposable? held)
    {
        (_disk, _seal, _lock, _closePatience) = (disk, seal, held, options.ClosePatience);
        _shelf = new Shelf(options, clock);
        _quarantine = new QuarantineFolder(disk, seal, _shelf, clock);
        _quarantine.Open();
        using var reader = new SegmentReader(disk, seal);
        var last = new ShelfLoading(disk, reader, _shelf).Run();
        _writer = new GroupWriter(disk, seal, options, clock, _shelf, last, _quarantine);
        _timer = clock.CreateTimer(_ => _writer.Hand(new Order.Tend(new TaskCompletionSource())), null, TendEvery, TendEvery);
    }

    /// <summary>How it stands now.</summary>
    public JournalState State => _shelf.State();

    /// <summary>Opens the journal for this process alone, and reads through what the database may lack. Damage is no error: see <see cref="JournalState.Damage"/>.</summary>
    /// <param name="options">Where and how large.</param>
    /// <param name="key"><see cref="Keyring.JournalKey"/>.</param>
    /// <param name="installation"><see cref="Keyring.InstallationId"/>.</param>
    /// <param name="clock">The clock.</param>
    /// <exception cref="JournalException">InUse, FolderClosed.</exception>
    public static IntakeJournal Open(JournalOptions options, DataKey key, Guid installation, TimeProvider clock)
    {
        var held = JournalLock.Take(options.Directory);
        try
        {
            return Open(new LocalDisk(options.Directory), new JournalSeal(installation, key), options, clock, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Appends a record; ends when it is durable.</summary>
    /// <param name="id">Names the record until <see cref="Done"/>; of no other that waits. A refused one may be appended again with the same id and content.</param>
    /// <param name="record">At most <see cref="MaxRecordBytes"/>; must not change until the task ends.</param>
    /// <param name="cancellationToken">Looked at before the record is handed over; after that it is not taken back.</param>
    /// <exception cref="JournalException">Full, Broken, Closed, TooLarge. The record counts as never having arrived.</exception>
    public async Task AppendAsync(Guid id, ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (record.Length > MaxRecordBytes)
        {
            throw new JournalException(JournalTrouble.TooLarge, $"A record of {record.Length} bytes is larger than the {MaxRecordBytes} that the journal takes.");
        }

        var waiting = _shelf.Enter(id, record, entered => _writer.Hand(new Order.Append(entered)));
        await waiting.Durable;
    }

    /// <summary>Says that the database has a record, durably. May be said before <see cref="AppendAsync"/> ended. False when no such record waits.</summary>
    public bool Done(Guid id)
    {
        var isKnown = _shelf.Done(id, out var isDrainable);
        if (isDrainable)
        {
            _writer.Hand(new Order.Tend(new TaskCompletionSource()));
        }

        return isKnown;
    }

    /// <summary>Takes a record back; ends when that is durable. From then on nobody is given it, neither after a crash nor after a restore.</summary>
    /// <param name="id">A record that waits; after its <see cref="AppendAsync"/> ended.</param>
    /// <exception cref="JournalException">Full, Broken, Closed. The record still waits.</exception>
    public Task WithdrawAsync(Guid id) => SayAsync(FrameKind.Withdrawal, id);

    /// <summary>As <see cref="Done"/>, and ends when that is durable: the record does not wait again after a crash.</summary>
    /// <param name="id">A record that waits; after its <see cref="AppendAsync"/> ended.</param>
    /// <exception cref="JournalException">Full, Broken, Closed. The record still waits.</exception>
    public Task NoteDoneAsync(Guid id) => SayAsync(FrameKind.Note, id);

    /// <summary>Whether a record waits and is durable.</summary>
    public bool Waits(Guid id) => _shelf.Find(id) is not null;

    /// <summary>Whether a durable record waits that is not among some, such as those on their way to the database.</summary>
    public bool HasWaiting(Func<Guid, bool> isAmong) => _shelf.HasWaiting(isAmong);

    /// <summary>
    /// Gives the records that wait at this moment, in the order in which they were appended: after a start all that the database may lack, later also what is
    /// on its way there. One segment at a time is in memory. Of a record that lies there twice after a crash, because it was retried or given back, the later is given.
    /// </summary>
    public async IAsyncEnumerable<JournalRecord> ReadUndrainedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new SegmentReader(_disk, _seal);
        foreach (var segment in _shelf.Segments())
        {
            if (_shelf.With(() => segment.Waiting == 0))
            {
                continue;
            }

            foreach (var record in Read(reader, segment, (id, place) => _shelf.Waits(id, segment, place)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return record;
            }

            // Between two segments others have their turn: the disk's reads do not wait.
            await Task.Yield();
        }
    }

    /// <summary>
    /// Gives all records that are still kept, drained or not, in order, but for those that were taken back: after the database was restored to an earlier state. All
    /// since an instant are among them, and some from before; what is appended while they are given is not. One that lies there twice, because it was retried or given
    /// back, is given where it lies last, as it was written then. Takes some 40 bytes of memory for each.
    /// </summary>
    /// <param name="since">What the restored database has for certain.</param>
    /// <param name="underWay">Gives the ids that are left out, because it is not settled yet whether they are taken back; asked once, after the end was.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<JournalRecord> ReadKeptAsync(
        DateTimeOffset since, Func<IReadOnlySet<Guid>> underWay, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new SegmentReader(_disk, _seal);
        // By number from the first that was drained after: a clock that was set back for a while leaves none out.
        var kept = _shelf.Segments().SkipWhile(segment => _shelf.With(() => segment.Name.DrainedAt < since)).ToList();
        // The end before who is under way, and both before what was taken back: what ends in between has said so by then.
        var ends = _shelf.With(() => kept.ConvertAll(segment => segment.IsOpen ? segment.End : long.MaxValue));
        var places = new LastPlaces(underWay());
        for (var at = 0; at < kept.Count; at++)
        {
            Note(places, reader, kept[at], ends[at]);
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        for (var at = 0; at < kept.Count; at++)
        {
            var segment = kept[at];
            foreach (var record in Read(reader, segment, (id, place) => places.IsLast(id, segment, place), ends[at]))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return record;
            }

            await Task.Yield();
        }
    }

    /// <summary>Moves a waiting record into quarantine, durably: it waits no more and is kept until a person decides. Asked again after a crash, it is there once.</summary>
    /// <param name="id">The record.</param>
    /// <param name="reason">Why: a code of at most <see cref="MaxReasonLength"/> ASCII characters; no answers.</param>
    /// <param name="cancellationToken">Looked at before the order is handed over.</param>
    /// <exception cref="JournalException">NoRecord, Broken, Closed. The record still waits.</exception>
    public Task QuarantineAsync(Guid id, string reason, CancellationToken cancellationToken) => QuarantineAsync(id, null, reason, cancellationToken);

    /// <summary>Puts a record that is kept into quarantine, durably, whether it waits or not; it takes no room of those that wait.</summary>
    /// <param name="record">As <see cref="ReadKeptAsync"/> gave it.</param>
    /// <param name="reason">As for one that waits.</param>
    /// <param name="cancellationToken">Looked at before the order is handed over.</param>
    /// <exception cref="JournalException">Broken, Closed. It is as it was.</exception>
    public Task QuarantineKeptAsync(JournalRecord record, string reason, CancellationToken cancellationToken) =>
        QuarantineAsync(record.Id, record, reason, cancellationToken);

    /// <summary>Lets a record in quarantine wait again, durably, and removes its file. After a crash in between it may be in both places.</summary>
    /// <param name="file">As <see cref="QuarantinedRecord.File"/>.</param>
    /// <param name="rewrite">Gives what is appended in the place of its content.</param>
    /// <param name="cancellationToken">Looked at before anything is written.</param>
    /// <returns>False when there is no such file, it is damaged, or a record with its id waits already: then it stays.</returns>
    /// <exception cref="JournalException">Full, Broken, Closed. It stays in quarantine.</exception>
    public async Task<bool> ReleaseAsync(string file, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> rewrite, CancellationToken cancellationToken)
    {
        if (!_quarantine.List().Contains(file) || _quarantine.TryRead(file) is not { } record || _shelf.Find(record.Id) is not null)
        {
            return false;
        }

        await AppendAsync(record.Id, rewrite(record.Content), cancellationToken);
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _shelf.WhileOpen(() => _writer.Hand(new Order.Release(file, released)));
        await released.Task;
        return true;
    }

    /// <summary>Gives what lies in quarantine, rising by file. Damaged files are left out and noted in the state.</summary>
    public async IAsyncEnumerable<QuarantinedRecord> ReadQuarantineAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var file in _quarantine.List())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_quarantine.TryRead(file) is { } record)
            {
                yield return record;
            }

            await Task.Yield();
        }
    }

    /// <summary>
    /// Writes what was handed over, closes the open segment in order and lets others have the folder. A disk that hangs is waited for
    /// <see cref="JournalOptions.ClosePatience"/>; then the folder stays locked until the process ends.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _shelf.Close(HandClose);
        await _timer.DisposeAsync();
        if (await _writer.EndAsync(_closePatience))
        {
            _lock?.Dispose();
        }
    }

    /// <summary>Opens on a given disk.</summary>
    internal static IntakeJournal Open(IJournalDisk disk, JournalSeal seal, JournalOptions options, TimeProvider clock, IDisposable? held = null)
    {
        try
        {
            return new IntakeJournal(disk, seal, options, clock, held);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(JournalTrouble.FolderClosed, $"The journal's folder {options.Directory} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Closes what is old, marks what is drained, removes what was kept long enough; the timer does it every ten seconds.</summary>
    internal async Task TendAsync()
    {
        var tended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _shelf.WhileOpen(() => _writer.Hand(new Order.Tend(tended)));
        await tended.Task;
    }

    private async Task QuarantineAsync(Guid id, JournalRecord? kept, string reason, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (reason.Length is 0 or > MaxReasonLength || reason.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw new ArgumentException($"The reason “{reason}” is not 1 to {MaxReasonLength} ASCII characters.", nameof(reason));
        }

        var moved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _shelf.WhileOpen(() => _writer.Hand(new Order.Quarantine(id, kept, reason, moved)));
        await moved.Task;
    }

    private void HandClose() => _writer.Hand(new Order.Close());

    private async Task SayAsync(FrameKind what, Guid id)
    {
        await _shelf.Say(what, id, entered => _writer.Hand(new Order.Append(entered))).Durable;
        Done(id);
    }

    private void Note(LastPlaces places, SegmentReader reader, Segment segment, long end)
    {
        var cursor = TryOpen(reader, segment, out _);
        while (cursor?.Next() == true)
        {
            if (cursor.Place.Offset < end)
            {
                places.Note(cursor.Id, segment, cursor.Place);
            }
        }

        // What was taken back since, too.
        places.LeaveOut(cursor?.Withdrawn ?? []);
    }

    // Null when it cannot be read, which is noted, or was removed.
    private SegmentCursor? TryOpen(SegmentReader reader, Segment segment, out string file)
    {
        file = _shelf.With(() => segment.File);
        var cursor = reader.TryOpen(file, segment.Number, out var damage);
        while (cursor is null)
        {
            if (_shelf.Has(segment, file))
            {
                _shelf.Note(segment, [new JournalDamage(file, 0, damage)]);
                return null;
            }

            // It was marked drained meanwhile, or removed.
            if (!_shelf.Segments().Contains(segment))
            {
                return null;
            }

            file = _shelf.With(() => segment.File);
            cursor = reader.TryOpen(file, segment.Number, out damage);
        }

        return cursor;
    }

    private IEnumerable<JournalRecord> Read(SegmentReader reader, Segment segment, Func<Guid, FramePlace, bool> isMeant, long end = long.MaxValue)
    {
        var (bound, isOpen) = _shelf.With(() => (segment.Bound, segment.IsOpen));
        if (TryOpen(reader, segment, out var file) is not { } cursor)
        {
            yield break;
        }

        while (cursor.Next() && cursor.Place.Offset < end)
        {
            if (isMeant(cursor.Id, cursor.Place))
            {
                yield return new JournalRecord(cursor.Id, cursor.At, cursor.Payload.ToArray());
            }
        }

        if (!isOpen && end == long.MaxValue)
        {
            _shelf.Note(segment, reader.Judge(file, cursor, bound));
        }
    }
}
