using System.Buffers.Binary;
using System.Globalization;
using Fieldkeep.Vault.Frames;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Wal;

/// <summary>Says what a sealed file holds; clear at its beginning and bound into its key. docs/formats/backup.md.</summary>
/// <param name="Kind">Log, or the history of a timeline.</param>
/// <param name="System">PostgreSQL's number of the cluster.</param>
/// <param name="Past">Which of the cluster's pasts; 0 for blobs.</param>
/// <param name="Timeline">The timeline.</param>
/// <param name="Start">The place of the first byte; zero for a history.</param>
/// <param name="Installation">Whose.</param>
/// <param name="Key">Sealed with which key.</param>
internal readonly record struct WalFileHeader(WalFileKind Kind, ulong System, uint Past, uint Timeline, Lsn Start, Guid Installation, KeyId Key)
{
    /// <summary>Bytes before the first frame, the salt included.</summary>
    public const int Size = BoundBytes + FrameCipher.SaltBytes;

    private const int BoundBytes = 64;
    private const int KeyAt = 48;

    private static ReadOnlySpan<byte> Magic => "FKWAL\x01"u8;

    private static ReadOnlySpan<byte> Label => "fieldkeep/wal/v1"u8;

    /// <summary>Writes the 64 clear bytes and a fresh salt, and begins the file's cipher.</summary>
    public FrameCipher Begin(DataKey key, Span<byte> destination)
    {
        Write(destination);
        FrameCipher.FillSalt(destination.Slice(BoundBytes, FrameCipher.SaltBytes));
        return Derive(key, destination);
    }

    /// <summary>Requires that a file begins as its name and place say; null if it does not.</summary>
    public FrameCipher? TryResume(DataKey key, ReadOnlySpan<byte> source)
    {
        Span<byte> expected = stackalloc byte[BoundBytes];
        Write(expected);
        return source[..BoundBytes].SequenceEqual(expected) ? Derive(key, source) : null;
    }

    /// <summary>Whether a file begins as its name and place say, whatever key it is sealed with: all that can be told without one.</summary>
    public bool IsBeginningOf(ReadOnlySpan<byte> source)
    {
        Span<byte> expected = stackalloc byte[BoundBytes];
        Write(expected);
        return source.Length >= Size && source[..KeyAt].SequenceEqual(expected[..KeyAt]);
    }

    /// <summary>The part of a file's name that comes of its salt.</summary>
    public static string Mark(ReadOnlySpan<byte> header) =>
        BinaryPrimitives.ReadUInt32BigEndian(header[BoundBytes..]).ToString("x8", CultureInfo.InvariantCulture);

    private static FrameCipher Derive(DataKey key, ReadOnlySpan<byte> header)
    {
        Span<byte> info = stackalloc byte[128];
        Label.CopyTo(info);
        header[..BoundBytes].CopyTo(info[Label.Length..]);
        return FrameCipher.Derive(key, header.Slice(BoundBytes, FrameCipher.SaltBytes), info[..(Label.Length + BoundBytes)]);
    }

    private void Write(Span<byte> destination)
    {
        destination[..BoundBytes].Clear();
        Magic.CopyTo(destination);
        destination[6] = (byte)Kind;
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], System);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], Timeline);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], Past);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], Start.Value);
        Installation.TryWriteBytes(destination[32..], bigEndian: true, out _);
        Key.Write(destination[KeyAt..]);
    }
}

/// <summary>Names what a sealed file of the log holds. Values are on disk for ever.</summary>
internal enum WalFileKind : byte
{
    /// <summary>Nothing: refused.</summary>
    None = 0,

    /// <summary>Bytes of one segment of the log.</summary>
    Log = 1,

    /// <summary>The history file of one timeline.</summary>
    History = 2,

    /// <summary>Lines of blobs that were copied as they came.</summary>
    Blobs = 3,
}
