using Fieldkeep.Backup.Wal;

namespace Fieldkeep.Backup.Fetching;

/// <summary>
/// Finds how far a file of the log is a row of frames, as their clear bytes tell: a source may have anything behind them, and behind something else no later frame
/// is read. That they open only the key can tell.
/// </summary>
internal sealed class WholeFrames
{
    private const string FirstWords = "what follows its byte ";

    private readonly Lsn _limit;
    private Lsn _end;

    private WholeFrames(Lsn start, Lsn limit) => (_end, _limit) = (start, limit);

    /// <summary>The byte after the last whole frame.</summary>
    public long At { get; private set; } = WalFileHeader.Size;

    /// <summary>The place in the log after that frame.</summary>
    public Lsn End => _end;

    /// <summary>Whether something follows it that is no frame, nor the beginning of one.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>That, in a sentence.</summary>
    public string Words => $"{FirstWords}{At} is no log";

    /// <summary>Whether a sentence is about that: all of the log before it came.</summary>
    public static bool IsSaying(string words) => words.StartsWith(FirstWords, StringComparison.Ordinal);

    /// <summary>Begins with a file's first frame.</summary>
    /// <param name="relative">Its path below the source: its name tells where its log begins.</param>
    public static WholeFrames Of(string relative) => WalFile.TryParse(relative) is { } file
        ? new WholeFrames(file.Start, file.Segment.End)
        : new WholeFrames(default, new WalSegment(1, 0).End);

    /// <summary>Goes on with what has come.</summary>
    /// <param name="length">Bytes that are read at most.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Walk(FileStream file, long length, CancellationToken cancellationToken)
    {
        IsBroken = false;
        Span<byte> clear = stackalloc byte[WalFrame.HeaderBytes];
        while (length - At >= WalFrame.HeaderBytes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            file.Position = At;
            file.ReadExactly(clear);
            if (WalFrame.TryRead(clear) is not { } frame || frame.Start != _end || frame.End > _limit)
            {
                // Over a network, and after a power cut, the length may be there before the bytes.
                IsBroken = clear.ContainsAnyExcept((byte)0);
                return;
            }

            if (length - At < frame.SealedBytes)
            {
                return;
            }

            (At, _end) = (At + frame.SealedBytes, frame.End);
        }
    }
}
