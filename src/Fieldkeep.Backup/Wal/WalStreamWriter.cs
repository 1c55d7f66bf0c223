using Npgsql.Replication;

namespace Fieldkeep.Backup.Wal;

/// <summary>Writes what one connection receives into sealed files, one for each segment.</summary>
internal sealed class WalStreamWriter(WalShelf shelf, WalPast past, uint timeline, Lsn start) : IDisposable
{
    /// <summary>A burst that does not end is confirmed after this many bytes.</summary>
    public const int MaxUnsyncedBytes = 4 << 20;

    private static readonly TimeSpan IdleNoteEvery = TimeSpan.FromSeconds(5);

    private readonly byte[] _buffer = new byte[WalFrame.MaxBytes];
    private WalFileWriter? _file;
    private DateTimeOffset? _lookedAt;
    private (DateTimeOffset At, Lsn End)? _waiting;
    private Lsn _notedEnd;

    /// <summary>The place after the last byte written.</summary>
    public Lsn End { get; private set; } = start;

    /// <summary>PostgreSQL's own end, as the last message tells it.</summary>
    public Lsn ServerEnd { get; private set; } = start;

    /// <summary>What was committed until then is written; null before that is known.</summary>
    public DateTimeOffset? Until { get; private set; }

    /// <summary>Bytes of log written since the last sync.</summary>
    public long UnsyncedBytes { get; private set; }

    /// <summary>Requires that what it writes to is still what lies at its path.</summary>
    /// <exception cref="BackupException">WrongFolder, Damaged.</exception>
    public void Require() => shelf.RequireTaken();

    /// <summary>Writes one message.</summary>
    /// <exception cref="IOException">The disk does not take it; the file is cut to what is durable.</exception>
    public async Task WriteAsync(XLogDataMessage message, CancellationToken cancellationToken)
    {
        if (new Lsn((ulong)message.WalStart) is var begins && begins != End)
        {
            throw new InvalidOperationException($"PostgreSQL sent its log from {begins}; it was expected from {End}.");
        }

        ServerEnd = new Lsn((ulong)message.WalEnd);
        var clock = WalFrame.ClockOf(new DateTimeOffset(message.ServerClock));
        while (true)
        {
            var room = (int)Math.Min(_buffer.Length, End.SegmentStart + WalSegment.Bytes - End);
            var read = await message.Data.ReadAtLeastAsync(_buffer.AsMemory(0, room), room, throwOnEndOfStream: false, cancellationToken);
            if (read == 0)
            {
                return;
            }

            Write(clock, _buffer.AsSpan(0, read));
        }
    }

    /// <summary>
    /// Takes PostgreSQL's clock and then the end of its log. What was committed until the look before is in front of this end, also if it was on its way
    /// then; once all of that is here, a frame says so. The clock of the sender says nothing of that kind: it is that of sending.
    /// </summary>
    /// <param name="at">PostgreSQL's clock.</param>
    /// <param name="end">The end of what was inserted into its log, looked up after the clock.</param>
    public void Note(DateTimeOffset at, Lsn end)
    {
        _waiting ??= _lookedAt is { } before ? (before, end) : null;
        _lookedAt = at;
        NoteUntil();
    }

    /// <summary>Writes down until when all is here, once it is.</summary>
    /// <exception cref="IOException">The disk does not take it; the file is cut to what is durable.</exception>
    public void NoteUntil()
    {
        if (_waiting is not { } waiting || waiting.End > End)
        {
            return;
        }

        _waiting = null;
        // While nothing happens it need not be written every second.
        if (End != _notedEnd || Until is null || waiting.At - Until >= IdleNoteEvery)
        {
            Write(WalFrame.ClockOf(waiting.At), []);
            (Until, _notedEnd) = (waiting.At, End);
        }
    }

    /// <summary>Makes all of it durable and returns its end; null if there was nothing to do.</summary>
    /// <exception cref="IOException">The disk failed; the file is cut to what is durable.</exception>
    public Lsn? Sync()
    {
        if (_file is not { IsUnsynced: true } file)
        {
            return null;
        }

        Guard(file.Sync);
        UnsyncedBytes = 0;
        if (End == file.Segment.End)
        {
            file.Dispose();
            _file = null;
        }

        return End;
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private void Write(long clock, ReadOnlySpan<byte> log)
    {
        if (_file is { } full && End == full.Segment.End)
        {
            Guard(full.Sync);
            full.Dispose();
            _file = null;
        }

        _file ??= shelf.Begin(past, timeline, End);
        try
        {
            _file.Append(clock, log);
        }
        catch (IOException)
        {
            _file.Abandon();
            throw;
        }

        End = _file.End;
        UnsyncedBytes += log.Length;
    }

    private void Guard(Action act)
    {
        try
        {
            act();
        }
        catch (IOException)
        {
            _file?.Abandon();
            throw;
        }
    }
}
