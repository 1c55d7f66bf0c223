using System.Buffers.Binary;
using Fieldkeep.Vault.Frames;

namespace Fieldkeep.Journal.Segments;

/// <summary>
/// Walks through the frames of one segment in memory. What cannot be opened is stepped over: a later batch can have been written only after all before it
/// was durable, so damage before one that opens is proven; what cannot be opened and has no such batch behind it may be a write that a power cut tore.
/// </summary>
/// <param name="content">The whole file.</param>
/// <param name="cipher">The segment's.</param>
internal sealed class SegmentCursor(ReadOnlyMemory<byte> content, FrameCipher cipher)
{
    // Opening what only looks like a frame costs its length: a file made to cost more is called damaged.
    private const long MaxGuessedBytes = 1L << 30;

    private readonly List<long> _damage = [];
    private readonly List<long> _doubtful = [];
    private readonly List<long> _unknown = [];
    private readonly List<Guid> _withdrawn = [];
    private readonly List<Guid> _noted = [];
    private byte[] _plain = new byte[Frame.BlockBytes];
    private FramePlace _next = new(Frame.BlockBytes, Frame.BlockBytes, 0);
    private int _plainBytes;
    private long _guessedBytes;
    private bool _isAtEnd;

    /// <summary>Where breaks are that later batches prove to be damage.</summary>
    public IReadOnlyList<long> Damage => _damage;

    /// <summary>Where breaks are in what was perhaps never durable: the last batch.</summary>
    public IReadOnlyList<long> Doubtful => _doubtful;

    /// <summary>Where frames of unknown kinds are.</summary>
    public IReadOnlyList<long> Unknown => _unknown;

    /// <summary>The ids of records, of this segment or one before, that were taken back.</summary>
    public IReadOnlyList<Guid> Withdrawn => _withdrawn;

    /// <summary>The ids of records, of this segment or one before, that the database is known to have.</summary>
    public IReadOnlyList<Guid> Noted => _noted;

    /// <summary>True when the segment was closed in order.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Where the last batch begins of which a frame opened: everything before was durable.</summary>
    public long LastBatch { get; private set; } = Frame.BlockBytes;

    /// <summary>The end of the block that the last whole frame ends in, bytes.</summary>
    public long End { get; private set; } = Frame.BlockBytes;

    /// <summary>Up to where nothing is doubtful, bytes: a batch that was torn counts as never written, whatever can be read of it.</summary>
    public long DurableEnd => _doubtful.Exists(offset => offset < End) ? LastBatch : End;

    /// <summary>The place of the record.</summary>
    public FramePlace Place { get; private set; }

    /// <summary>The size of the record's frame, bytes.</summary>
    public int FrameBytes { get; private set; }

    /// <summary>The id of the record.</summary>
    public Guid Id { get; private set; }

    /// <summary>When the record was appended.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>The content of the record, until the next one is read.</summary>
    public ReadOnlySpan<byte> Payload => _plain.AsSpan(Frame.PrefixBytes, _plainBytes - Frame.PrefixBytes);

    private ReadOnlySpan<byte> Content => content.Span;

    /// <summary>Goes to the next record; false at the end.</summary>
    public bool Next()
    {
        while (!_isAtEnd)
        {
            if (_next.Index == 0 && IsZero(_next.Offset))
            {
                _isAtEnd = true;
            }
            else if (!TryOpen(_next))
            {
                StepOver(_next.Offset);
            }
            else if (Accept())
            {
                return true;
            }
        }

        return false;
    }

    // The frame at _next opened: where does the next one begin, and is this one a record?
    private bool Accept()
    {
        var batch = _next.Batch;
        _damage.AddRange(_doubtful.Where(offset => offset < batch));
        _doubtful.RemoveAll(offset => offset < batch);
        (Place, LastBatch) = (_next, batch);
        var after = _next.Next(FrameBytes);
        End = Frame.RoundUp(after.Offset);
        _next = (_plain[0] & Frame.LastOfBatch) == 0 ? after : EndBatch(after.Offset);
        var kind = (FrameKind)(_plain[0] & ~Frame.LastOfBatch);
        if (IsEnded)
        {
            // Nothing can follow the end.
            _damage.Add(Place.Offset);
        }

        var id = new Guid(_plain.AsSpan(1, 16), bigEndian: true);
        if (kind == FrameKind.Record)
        {
            Id = id;
            At = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(_plain.AsSpan(17)));
            return true;
        }

        if (kind == FrameKind.End)
        {
            IsEnded = true;
        }
        else if (kind == FrameKind.Withdrawal)
        {
            _withdrawn.Add(id);
        }
        else if (kind == FrameKind.Note)
        {
            _noted.Add(id);
        }
        else
        {
            _unknown.Add(Place.Offset);
        }

        return false;
    }

    private FramePlace EndBatch(long offset)
    {
        var block = Frame.RoundUp(offset);
        var padding = Content[(int)offset..(int)Math.Min(block, Content.Length)];
        if (padding.ContainsAnyExcept((byte)0))
        {
            _doubtful.Add(offset);
        }

        return new FramePlace(block, block, 0);
    }

    // Looks for the next frame that opens: one behind this one, if the lengths are what they were, or else the first of a later batch.
    private void StepOver(long offset)
    {
        _doubtful.Add(offset);
        var place = _next;
        for (var size = Frame.SizeAt(Rest(offset)); size > 0; size = Frame.SizeAt(Rest(place.Offset)))
        {
            place = place.Next(size);
            if (TryGuess(place))
            {
                return;
            }
        }

        for (var block = Frame.RoundUp(offset + 1); block < Content.Length; block += Frame.BlockBytes)
        {
            if (TryGuess(new FramePlace(block, block, 0)))
            {
                return;
            }
        }

        _isAtEnd = true;
    }

    private bool TryGuess(FramePlace place)
    {
        var size = Frame.SizeAt(Rest(place.Offset));
        if (size == 0)
        {
            return false;
        }

        _guessedBytes += size;
        if (_guessedBytes > MaxGuessedBytes)
        {
            _damage.Add(place.Offset);
            _isAtEnd = true;
            return true;
        }

        if (!TryOpen(place))
        {
            return false;
        }

        _next = place;
        return true;
    }

    private bool TryOpen(FramePlace place)
    {
        var rest = Rest(place.Offset);
        var size = Frame.SizeAt(rest);
        if (size == 0)
        {
            return false;
        }

        _plainBytes = size - Frame.LengthBytes - FrameCipher.TagBytes;
        if (_plain.Length < _plainBytes)
        {
            _plain = new byte[Math.Max(_plainBytes, 2 * _plain.Length)];
        }

        FrameBytes = size;
        return cipher.TryOpen(place.Number, rest[..Frame.LengthBytes], rest[Frame.LengthBytes..size], _plain);
    }

    private ReadOnlySpan<byte> Rest(long offset) => offset < Content.Length ? Content[(int)offset..] : [];

    private bool IsZero(long offset) => !Rest(offset).ContainsAnyExcept((byte)0);
}
