using Npgsql.Replication;

namespace Fieldkeep.Backup.Wal;

/// <summary>Writes what one connection receives into sealed files, one for each segment.</summary>
internal sealed class WalStreamWriter(WalShelf shelf, ulong system, uint timeline, Lsn start) : IDisposable
{
    /// <summary>A burst that does not end is confirmed after this many bytes.</summary>
    public const int MaxUnsyncedBytes = 4 << 20;

    private readonly byte[] _buffer = new byte[WalFrame.MaxBytes];
    private WalFileWriter? _file;
    private (DateTimeOffset At, Lsn End)? _seen;

    /// <summary>The place after the last byte written.</summary>
    public Lsn End { get; private set; } = start;

    /// <summary>PostgreSQL's own end, as the last message tells it.</summary>
    public Lsn ServerEnd { get; private set; } = start;

    /// <summary>Bytes of log written since the last sync.</summary>
    public long UnsyncedBytes { get; private set; }

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
    /// Notes that PostgreSQL had nothing new at some time: twice the same end, so that what was committed at the first look would be there at the
    /// second.
    /// </summary>
    public void NoteIdle(DateTimeOffset at, Lsn end)
    {
        if (_seen is { } seen && seen.End == end && end == End)
        {
            Write(WalFrame.ClockOf(seen.At), []);
        }

        _seen = (at, end);
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

        _file ??= shelf.Begin(system, timeline, End);
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
