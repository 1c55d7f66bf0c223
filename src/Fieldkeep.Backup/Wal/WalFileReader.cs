using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Frames;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Wal;

/// <summary>Receives one whole frame's bytes of the log.</summary>
internal delegate void WalSink(WalFrame frame, ReadOnlySpan<byte> log);

/// <summary>Tells how far a sealed file can be believed.</summary>
/// <param name="End">The place after its last whole frame.</param>
/// <param name="Frames">How many are whole.</param>
/// <param name="FirstAt">The clock of the first; null if there is none.</param>
/// <param name="Until">The latest clock of a frame without bytes: all that was committed until then is at or before the end. Null if there is none.</param>
/// <param name="Tail">What comes after them.</param>
/// <param name="TailBytes">Bytes of that.</param>
internal sealed record WalFileContent(Lsn End, long Frames, DateTimeOffset? FirstAt, DateTimeOffset? Until, WalTail Tail, long TailBytes)
{
    /// <summary>The clock of the first frame without bytes; null if there is none.</summary>
    public DateTimeOffset? FirstNote { get; init; }

    /// <summary>Where the clock of such frames went back.</summary>
    public IReadOnlyList<ClockStep> Steps { get; init; } = [];
}

/// <summary>PostgreSQL's clock was set back: instants in between were twice, and what was committed the second time lies behind what came later the first time.</summary>
/// <param name="From">What it showed before, at least.</param>
/// <param name="To">What it showed when that was first noted.</param>
internal readonly record struct ClockStep(DateTimeOffset From, DateTimeOffset To);

/// <summary>Names what can follow the last whole frame of a file.</summary>
internal enum WalTail
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The beginning of a frame, or zeros: the writer was stopped before it was confirmed.</summary>
    Torn,

    /// <summary>Bytes that no writer leaves, or a file that does not belong here or opens with another key.</summary>
    Damaged,
}

/// <summary>Reads sealed files of the log: whole frames only, in order, from the first.</summary>
internal static class WalFileReader
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>Reads one file; frames go to <paramref name="sink"/> once they are believed.</summary>
    /// <param name="header">What the file must be.</param>
    /// <param name="mark">The part of its name that comes of its salt; null when its name has none.</param>
    /// <param name="sink">Receives the frames; null to read only.</param>
    /// <param name="maxFrames">How many to read at most: one tells whether the file is what its name says.</param>
    public static WalFileContent Read(
        string path, WalFileHeader header, string? mark, DataKey key, WalSink? sink, long maxFrames = long.MaxValue)
    {
        using var file = PlainFile.OpenRead(path, BufferBytes);
        Span<byte> first = stackalloc byte[WalFileHeader.Size];
        if (file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) < first.Length)
        {
            return new WalFileContent(header.Start, 0, null, null, WalTail.Torn, file.Length);
        }

        using var cipher = header.TryResume(key, first);
        return cipher is null || (mark is not null && mark != WalFileHeader.Mark(first))
            ? new WalFileContent(header.Start, 0, null, null, first.ContainsAnyExcept((byte)0) ? WalTail.Damaged : WalTail.Torn, file.Length)
            : ReadFrames(file, header, cipher, sink, maxFrames);
    }

    private static WalFileContent ReadFrames(FileStream file, WalFileHeader header, FrameCipher cipher, WalSink? sink, long maxFrames)
    {
        var limit = new WalSegment(header.Timeline, header.Start.Segment).End;
        var sealedFrame = new byte[WalFrame.HeaderBytes + WalFrame.MaxBytes + FrameCipher.TagBytes];
        var plain = new byte[WalFrame.MaxBytes];
        var content = new WalFileContent(header.Start, 0, null, null, WalTail.None, 0);
        while (content.Frames < maxFrames)
        {
            var begun = file.Position;
            var headerBytes = file.ReadAtLeast(sealedFrame.AsSpan(0, WalFrame.HeaderBytes), WalFrame.HeaderBytes, throwOnEndOfStream: false);
            if (headerBytes == 0)
            {
                return content;
            }

            if (headerBytes < WalFrame.HeaderBytes)
            {
                return content with { Tail = WalTail.Torn, TailBytes = headerBytes };
            }

            if (WalFrame.TryRead(sealedFrame) is not { } frame || frame.Start != content.End || frame.End > limit)
            {
                return content with { Tail = IsZero(file, begun) ? WalTail.Torn : WalTail.Damaged, TailBytes = file.Length - begun };
            }

            var body = sealedFrame.AsSpan(WalFrame.HeaderBytes, frame.Length + FrameCipher.TagBytes);
            if (file.ReadAtLeast(body, body.Length, throwOnEndOfStream: false) < body.Length)
            {
                return content with { Tail = WalTail.Torn, TailBytes = file.Length - begun };
            }

            if (!cipher.TryOpen((UInt128)content.Frames, sealedFrame.AsSpan(0, WalFrame.HeaderBytes), body, plain))
            {
                return content with { Tail = WalTail.Damaged, TailBytes = file.Length - begun };
            }

            sink?.Invoke(frame, plain.AsSpan(0, frame.Length));
            content = content with
            {
                End = frame.End,
                Frames = content.Frames + 1,
                FirstAt = content.FirstAt ?? frame.At,
                Until = frame.Length == 0 && !(content.Until > frame.At) ? frame.At : content.Until,
                FirstNote = content.FirstNote ?? (frame.Length == 0 ? frame.At : null),
                Steps = frame.Length == 0 && content.Until is { } before && frame.At < before ? [.. content.Steps, new ClockStep(before, frame.At)] : content.Steps,
            };
        }

        return content;
    }

    // A file system may show the length of a write that it lost, as zeros.
    private static bool IsZero(FileStream file, long from)
    {
        file.Position = from;
        var buffer = new byte[BufferBytes];
        while (file.Read(buffer) is > 0 and var read)
        {
            if (buffer.AsSpan(0, read).ContainsAnyExcept((byte)0))
            {
                return false;
            }
        }

        return true;
    }
}
