using System.Buffers.Binary;
using Fieldkeep.Vault.Frames;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Journal.Segments;

/// <summary>Whose journal it is, and the key that seals it.</summary>
internal sealed record JournalSeal(Guid Installation, DataKey Key);

/// <summary>The first block of a segment. docs/formats/intake-journal.md, "Header".</summary>
/// <param name="Number">Its number, as in its name.</param>
/// <param name="OpenedAt">When it was begun, UTC, to the millisecond.</param>
/// <param name="Before">The number of the segment that was written before it; 0 for none.</param>
/// <param name="BeforeEnd">Up to where that one is known to be durable, bytes.</param>
internal sealed record SegmentHeader(long Number, DateTimeOffset OpenedAt, long Before, long BeforeEnd)
{
    /// <summary>Size with salt and tag, bytes; the rest of its block is zero.</summary>
    public const int Size = SaltAt + FrameCipher.SaltBytes + FrameCipher.TagBytes;

    private const int InstallationAt = 8;
    private const int KeyAt = 24;
    private const int NumberAt = 40;
    private const int OpenedAtAt = 48;
    private const int BeforeAt = 56;
    private const int BeforeEndAt = 64;
    private const int SaltAt = 72;
    private const int TagAt = SaltAt + FrameCipher.SaltBytes;

    private static ReadOnlySpan<byte> Magic => "FKJRNL1\n"u8;

    private static ReadOnlySpan<byte> Label => "fieldkeep intake journal segment v1\0"u8;

    /// <summary>Writes the header to <see cref="Size"/> bytes that hold the salt at its place already; gives the segment's cipher.</summary>
    public FrameCipher Write(JournalSeal seal, ReadOnlySpan<byte> salt, Span<byte> destination)
    {
        Magic.CopyTo(destination);
        seal.Installation.TryWriteBytes(destination[InstallationAt..], bigEndian: true, out _);
        seal.Key.Id.Write(destination[KeyAt..]);
        BinaryPrimitives.WriteInt64LittleEndian(destination[NumberAt..], Number);
        BinaryPrimitives.WriteInt64LittleEndian(destination[OpenedAtAt..], OpenedAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64LittleEndian(destination[BeforeAt..], Before);
        BinaryPrimitives.WriteInt64LittleEndian(destination[BeforeEndAt..], BeforeEnd);
        salt.CopyTo(destination[SaltAt..]);
        var cipher = Derive(seal, destination);
        cipher.Seal(FrameCipher.MaxNumber, destination[..TagAt], [], destination[TagAt..Size]);
        return cipher;
    }

    /// <summary>Reads a header. Null with the kind of damage when it is none of this journal's; else with the segment's cipher, which the caller disposes.</summary>
    public static SegmentHeader? TryRead(JournalSeal seal, ReadOnlySpan<byte> source, long number, out FrameCipher? cipher, out DamageKind damage)
    {
        cipher = null;
        damage = Foreign(seal, source);
        if (damage != default)
        {
            return null;
        }

        var opened = Derive(seal, source);
        var milliseconds = BinaryPrimitives.ReadInt64LittleEndian(source[OpenedAtAt..]);
        damage = !opened.TryOpen(FrameCipher.MaxNumber, source[..TagAt], source[TagAt..Size], []) ? DamageKind.Header
            : BinaryPrimitives.ReadInt64LittleEndian(source[NumberAt..]) != number ? DamageKind.OtherNumber
            : default;
        if (damage != default)
        {
            opened.Dispose();
            return null;
        }

        cipher = opened;
        return new SegmentHeader(
            number,
            DateTimeOffset.FromUnixTimeMilliseconds(milliseconds),
            BinaryPrimitives.ReadInt64LittleEndian(source[BeforeAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[BeforeEndAt..]));
    }

    private static DamageKind Foreign(JournalSeal seal, ReadOnlySpan<byte> source)
    {
        if (source.Length < Size || !source.StartsWith(Magic))
        {
            return DamageKind.Header;
        }

        return new Guid(source.Slice(InstallationAt, 16), bigEndian: true) != seal.Installation ? DamageKind.OtherInstallation
            : KeyId.Read(source[KeyAt..]) != seal.Key.Id ? DamageKind.OtherKey
            : default;
    }

    private static FrameCipher Derive(JournalSeal seal, ReadOnlySpan<byte> header)
    {
        Span<byte> info = stackalloc byte[128];
        Label.CopyTo(info);
        header[..SaltAt].CopyTo(info[Label.Length..]);
        return FrameCipher.Derive(seal.Key, header.Slice(SaltAt, FrameCipher.SaltBytes), info[..(Label.Length + SaltAt)]);
    }
}
