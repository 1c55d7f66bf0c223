using Fieldkeep.Journal.Disks;
using Fieldkeep.Journal.Segments;
using Fieldkeep.Vault.Frames;

namespace Fieldkeep.Journal.Writing;

/// <summary>The segment that records are appended to, batch by batch. After any error it is closed for ever: what the disk then holds is not known.</summary>
internal sealed class OpenSegment : IDisposable
{
    private const int KeptBufferBytes = 8 << 20;

    private readonly IJournalFile _file;
    private readonly FrameCipher _cipher;
    private byte[] _buffer = new byte[64 * 1024];

    private OpenSegment(Segment segment, IJournalFile file, FrameCipher cipher, long openedStamp)
    {
        Segment = segment;
        _file = file;
        _cipher = cipher;
        OpenedStamp = openedStamp;
    }

    /// <summary>Its place on the shelf.</summary>
    public Segment Segment { get; }

    /// <summary>When it was begun, by the clock that is never set.</summary>
    public long OpenedStamp { get; }

    /// <summary>Up to where it is durable; the next batch begins here.</summary>
    public long End { get; private set; } = Frame.BlockBytes;

    /// <summary>Creates the file; header and name are durable when this returns.</summary>
    public static OpenSegment Create(IJournalDisk disk, JournalSeal seal, SegmentHeader header, long bytes, long stamp)
    {
        var segment = new Segment(SegmentName.New(header.Number), header.OpenedAt) { IsOpen = true, End = Frame.BlockBytes };
        var block = new byte[Frame.BlockBytes];
        var salt = new byte[FrameCipher.SaltBytes];
        FrameCipher.FillSalt(salt);
        var cipher = header.Write(seal, salt, block);
        IJournalFile? file = null;
        try
        {
            file = disk.Create(segment.File, bytes);
            file.Write(0, block);
            file.Sync();
            disk.SyncFolder(string.Empty);
            return new OpenSegment(segment, file, cipher, stamp);
        }
        catch
        {
            file?.Dispose();
            cipher.Dispose();
            throw;
        }
    }

    /// <summary>Writes one batch and makes it durable; returns where its frames lie.</summary>
    public IReadOnlyList<FramePlace> Append(IReadOnlyList<WaitingRecord> batch)
    {
        var places = new FramePlace[batch.Count];
        var place = new FramePlace(End, End, 0);
        Make(batch.Sum(record => (long)record.FrameBytes));
        for (var at = 0; at < batch.Count; at++)
        {
            var record = batch[at];
            places[at] = place;
            var target = _buffer.AsSpan((int)(place.Offset - End));
            var size = Frame.Write(_cipher, place, record.Kind, at == batch.Count - 1, record.Id, record.At, record.Content.Span, target);
            place = place.Next(size);
        }

        Flush(place.Offset);
        if (_buffer.Length > KeptBufferBytes)
        {
            _buffer = new byte[64 * 1024];
        }

        return places;
    }

    /// <summary>Writes the end, so that a reader knows that nothing may be missing before it.</summary>
    public void WriteEnd(DateTimeOffset at)
    {
        Make(Frame.Overhead);
        var place = new FramePlace(End, End, 0);
        var size = Frame.Write(_cipher, place, FrameKind.End, isLast: true, Guid.Empty, at, [], _buffer);
        Flush(place.Next(size).Offset);
        // What was reserved and not used goes back to the disk; when this is lost, there are zeros instead.
        _file.SetLength(End);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _cipher.Dispose();
    }

    private void Make(long bytes)
    {
        var needed = (int)Frame.RoundUp(bytes);
        if (_buffer.Length < needed)
        {
            _buffer = new byte[Math.Max(needed, Math.Min(2 * _buffer.Length, KeptBufferBytes))];
        }
    }

    private void Flush(long end)
    {
        var bytes = (int)(end - End);
        var padded = (int)Frame.RoundUp(bytes);
        _buffer.AsSpan(bytes, padded - bytes).Clear();
        _file.Write(End, _buffer.AsSpan(0, padded));
        _file.Sync();
        End += padded;
    }
}
