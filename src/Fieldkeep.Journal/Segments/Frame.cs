using System.Buffers.Binary;
using Fieldkeep.Vault.Frames;

namespace Fieldkeep.Journal.Segments;

/// <summary>What a frame holds.</summary>
internal enum FrameKind : byte
{
    /// <summary>A record.</summary>
    Record = 1,

    /// <summary>The end: the segment was closed in order, nothing follows.</summary>
    End = 2,

    /// <summary>The record with this id was taken back: nobody is given it any more. No payload.</summary>
    Withdrawal = 3,

    /// <summary>The database has the record with this id: it waits no more, and is given only when the database was restored. No payload.</summary>
    Note = 4,
}

/// <summary>Where a frame lies, which is its number: the block its batch begins at, and its place in the batch.</summary>
/// <param name="Offset">Bytes from the file's beginning.</param>
/// <param name="Batch">Where its batch begins, bytes; a multiple of <see cref="Frame.BlockBytes"/>.</param>
/// <param name="Index">From 0.</param>
internal readonly record struct FramePlace(long Offset, long Batch, int Index)
{
    /// <summary>96 bits: the batch's block, and the place in it as the last 32.</summary>
    public UInt128 Number => ((UInt128)(ulong)(Batch / Frame.BlockBytes) << 32) | (uint)Index;

    /// <summary>The frame after one of <paramref name="frameBytes"/> in the same batch.</summary>
    public FramePlace Next(long frameBytes) => new(Offset + frameBytes, Batch, Index + 1);
}

/// <summary>The layout of frames: u32 length ‖ ciphertext ‖ tag, where the plaintext is u8 kind ‖ 16 B id ‖ i64 milliseconds ‖ payload.</summary>
internal static class Frame
{
    /// <summary>Every batch begins at a multiple of this: what was made durable is never written over, and a reader finds its way past damage.</summary>
    public const int BlockBytes = 4096;

    /// <summary>Bytes before the payload in the plaintext.</summary>
    public const int PrefixBytes = 1 + 16 + 8;

    /// <summary>Bytes that a frame has more than its payload.</summary>
    public const int Overhead = LengthBytes + PrefixBytes + FrameCipher.TagBytes;

    /// <summary>Size of the length.</summary>
    public const int LengthBytes = 4;

    /// <summary>In the kind: this frame ends its batch.</summary>
    public const byte LastOfBatch = 0x80;

    /// <summary>The next multiple of a block.</summary>
    public static long RoundUp(long bytes) => (bytes + BlockBytes - 1) / BlockBytes * BlockBytes;

    /// <summary>Seals one frame to the beginning of <paramref name="destination"/>; returns its size, bytes.</summary>
    public static int Write(
        FrameCipher cipher, FramePlace place, FrameKind kind, bool isLast, Guid id, DateTimeOffset at, ReadOnlySpan<byte> payload, Span<byte> destination)
    {
        var length = PrefixBytes + payload.Length;
        BinaryPrimitives.WriteInt32LittleEndian(destination, length);
        var plain = destination.Slice(LengthBytes, length);
        plain[0] = (byte)((byte)kind | (isLast ? LastOfBatch : 0));
        id.TryWriteBytes(plain[1..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(plain[17..], at.ToUnixTimeMilliseconds());
        payload.CopyTo(plain[PrefixBytes..]);
        cipher.Seal(place.Number, destination[..LengthBytes], plain, destination.Slice(LengthBytes, length + FrameCipher.TagBytes));
        return LengthBytes + length + FrameCipher.TagBytes;
    }

    /// <summary>Size of the frame that seems to begin here, bytes; 0 when none can.</summary>
    public static int SizeAt(ReadOnlySpan<byte> source)
    {
        if (source.Length < Overhead)
        {
            return 0;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(source);
        return length < PrefixBytes || length > PrefixBytes + IntakeJournal.MaxRecordBytes || length > source.Length - LengthBytes - FrameCipher.TagBytes
            ? 0
            : LengthBytes + (int)length + FrameCipher.TagBytes;
    }
}
