using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Envelopes;

/// <summary>Marks how an envelope's content was prepared before sealing.</summary>
[Flags]
public enum EnvelopeFlags : byte
{
    /// <summary>The content is the plaintext.</summary>
    None = 0,

    /// <summary>Compressed with brotli.</summary>
    Brotli = 1,

    /// <summary>Padded to a Padmé length.</summary>
    Padded = 2,
}

/// <summary>Reads and writes the clear first 20 bytes of an envelope. docs/formats/envelope.md.</summary>
public readonly record struct EnvelopeHeader(EnvelopeFlags Flags, EnvelopePurpose Purpose, KeyId KeyId)
{
    /// <summary>Size, bytes.</summary>
    public const int Size = 20;

    internal const byte Magic = 0xFB;
    internal const byte Cobblestone256 = 0x01;

    /// <summary>Reads the header; checks nothing but itself.</summary>
    /// <exception cref="VaultException">Truncated, UnknownFormat, UnknownSuite.</exception>
    public static EnvelopeHeader Read(ReadOnlySpan<byte> source)
    {
        if (source.Length < Size)
        {
            throw new VaultException(
                VaultFailure.Truncated,
                $"The sealed value has {source.Length} bytes; its header alone has {Size}. It was cut off.");
        }

        if (source[0] != Magic)
        {
            throw new VaultException(
                VaultFailure.UnknownFormat,
                $"The sealed value begins with 0x{source[0]:x2}, not 0x{Magic:x2}: it is no envelope, or damaged.");
        }

        if (source[1] != Cobblestone256 || (source[2] & ~3) != 0)
        {
            throw new VaultException(
                VaultFailure.UnknownSuite,
                $"The sealed value uses suite 0x{source[1]:x2} with flags 0x{source[2]:x2}, which this version does not "
                + "know: it is damaged, or was written by a newer Fieldkeep.");
        }

        return new((EnvelopeFlags)source[2], (EnvelopePurpose)source[3], KeyId.Read(source[4..]));
    }

    /// <summary>Writes 20 bytes.</summary>
    internal void Write(Span<byte> destination)
    {
        destination[0] = Magic;
        destination[1] = Cobblestone256;
        destination[2] = (byte)Flags;
        destination[3] = (byte)Purpose;
        KeyId.Write(destination[4..]);
    }
}
