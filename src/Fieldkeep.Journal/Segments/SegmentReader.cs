using Fieldkeep.Journal.Disks;
using Fieldkeep.Vault.Frames;

namespace Fieldkeep.Journal.Segments;

/// <summary>What the one written after a segment says of it.</summary>
/// <param name="IsLast">No other was written after it: its end may be torn.</param>
/// <param name="DurableEnd">Up to where it was durable, bytes; null when nobody says.</param>
internal readonly record struct SegmentBound(bool IsLast, long? DurableEnd);

/// <summary>Reads one segment after the other, whole, into the same memory, and says what is damaged.</summary>
internal sealed class SegmentReader(IJournalDisk disk, JournalSeal seal) : IDisposable
{
    // Beyond the largest segment that is ever written: one batch may follow a full one.
    private const long MaxFileBytes = 96L << 20;

    private byte[] _content = [];
    private FrameCipher? _cipher;

    /// <summary>The header of the segment that was opened last.</summary>
    public SegmentHeader? Header { get; private set; }

    /// <summary>Reads a segment's header alone; null with the kind of damage.</summary>
    public SegmentHeader? TryReadHeader(string file, long number, out DamageKind damage)
    {
        Span<byte> bytes = stackalloc byte[SegmentHeader.Size];
        try
        {
            var read = disk.Read(file, 0, bytes);
            var header = SegmentHeader.TryRead(seal, bytes[..read], number, out var cipher, out damage);
            cipher?.Dispose();
            return header;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            damage = DamageKind.Unreadable;
            return null;
        }
    }

    /// <summary>Whether nothing was ever written behind the place of the header: a segment whose creation was cut off.</summary>
    public bool IsUnborn(string file)
    {
        try
        {
            var bytes = Load(file);
            return !bytes.Span[Math.Min(Frame.BlockBytes, bytes.Length)..].ContainsAnyExcept((byte)0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Reads a segment; null when its header is not this journal's. The cursor is good until the next segment is opened.</summary>
    public SegmentCursor? TryOpen(string file, long number, out DamageKind damage)
    {
        _cipher?.Dispose();
        _cipher = null;
        try
        {
            var bytes = Load(file);
            Header = SegmentHeader.TryRead(seal, bytes.Span, number, out _cipher, out damage);
            return Header is null ? null : new SegmentCursor(bytes, _cipher ?? throw new InvalidOperationException("A header comes with its cipher."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            damage = DamageKind.Unreadable;
            return null;
        }
    }

    /// <summary>What is damaged of a segment that was read to its end. Nothing is when the only break lies where a write may have been torn.</summary>
    public IReadOnlyList<JournalDamage> Judge(string file, SegmentCursor cursor, SegmentBound bound)
    {
        var damage = new List<JournalDamage>();
        if (_content.AsSpan(SegmentHeader.Size, Frame.BlockBytes - SegmentHeader.Size).ContainsAnyExcept((byte)0))
        {
            damage.Add(new JournalDamage(file, SegmentHeader.Size, DamageKind.Header));
        }

        damage.AddRange(cursor.Unknown.Select(offset => new JournalDamage(file, offset, DamageKind.UnknownKind)));
        var broken = cursor.Damage.Concat(cursor.Doubtful.Where(offset => IsProven(offset, cursor, bound))).Distinct().Order().ToList();
        damage.AddRange(broken.Select(offset => new JournalDamage(file, offset, DamageKind.Frame)));
        var missing = bound.DurableEnd is { } end ? cursor.End < end : !bound.IsLast && !cursor.IsEnded;
        if (missing && broken.Count == 0)
        {
            damage.Add(new JournalDamage(file, cursor.End, DamageKind.TooShort));
        }

        return damage;
    }

    /// <inheritdoc/>
    public void Dispose() => _cipher?.Dispose();

    private static bool IsProven(long offset, SegmentCursor cursor, SegmentBound bound) =>
        cursor.IsEnded || (bound.DurableEnd is { } end ? offset < end : !bound.IsLast);

    private ReadOnlyMemory<byte> Load(string file)
    {
        var length = (int)Math.Min(disk.LengthOf(file), MaxFileBytes);
        if (_content.Length < Math.Max(length, Frame.BlockBytes))
        {
            _content = GC.AllocateUninitializedArray<byte>(Math.Max(length, Frame.BlockBytes));
        }

        var read = disk.Read(file, 0, _content.AsSpan(0, length));
        _content.AsSpan(read, Math.Max(0, Frame.BlockBytes - read)).Clear();
        return _content.AsMemory(0, read);
    }
}
