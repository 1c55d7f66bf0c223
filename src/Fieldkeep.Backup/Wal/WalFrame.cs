using System.Buffers.Binary;
using System.Numerics;
using Fieldkeep.Vault.Frames;

namespace Fieldkeep.Backup.Wal;

/// <summary>The clear bytes before each frame's ciphertext.</summary>
/// <param name="Start">The place of its first byte in the log.</param>
/// <param name="Clock">
/// Microseconds since 1970. With bytes: when PostgreSQL sent them; they may be older, and what was committed since may follow. Without bytes: all that
/// was committed until then is at or before its place.
/// </param>
/// <param name="Length">Bytes of log in it.</param>
internal readonly record struct WalFrame(Lsn Start, long Clock, int Length)
{
    /// <summary>Bytes before the ciphertext.</summary>
    public const int HeaderBytes = 24;

    /// <summary>The longest content, bytes. PostgreSQL sends at most 128 KiB at once.</summary>
    public const int MaxBytes = 256 << 10;

    private const int CheckedBytes = 20;

    // The year 9999: beyond it .NET has no instants.
    private static readonly long LatestClock = ClockOf(DateTimeOffset.MaxValue);

    /// <summary>The place after its last byte.</summary>
    public Lsn End => Start + Length;

    /// <summary>Bytes in the file.</summary>
    public int SealedBytes => HeaderBytes + Length + FrameCipher.TagBytes;

    /// <summary>The clock as an instant.</summary>
    public DateTimeOffset At => DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(Clock, 0, LatestClock) * TimeSpan.TicksPerMicrosecond);

    /// <summary>Makes the clock's number of an instant.</summary>
    public static long ClockOf(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Reads 24 bytes; null if their check is wrong, so that a changed length does not pass for a frame cut off.</summary>
    public static WalFrame? TryRead(ReadOnlySpan<byte> source) =>
        BinaryPrimitives.ReadUInt32LittleEndian(source[CheckedBytes..]) == Check(source)
        && BinaryPrimitives.ReadUInt32LittleEndian(source[16..]) is <= MaxBytes and var length
            ? new WalFrame(
                new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(source)), BinaryPrimitives.ReadInt64LittleEndian(source[8..]), (int)length)
            : null;

    /// <summary>Writes 24 bytes.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Start.Value);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], Clock);
        BinaryPrimitives.WriteInt32LittleEndian(destination[16..], Length);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[CheckedBytes..], Check(destination));
    }

    // Against chance, not against people: they could cut the file as well. All zeros must not pass.
    private static uint Check(ReadOnlySpan<byte> header)
    {
        var sum = BitOperations.Crc32C(uint.MaxValue, BinaryPrimitives.ReadUInt64LittleEndian(header));
        sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(header[8..]));
        return ~BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt32LittleEndian(header[16..]));
    }
}
