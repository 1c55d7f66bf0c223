using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using System.Security.Cryptography;

namespace Fieldkeep.Vault.Envelopes;

/// <summary>Compresses and pads a value before sealing, and undoes it after opening. docs/formats/envelope.md, "Content".</summary>
internal readonly ref struct EnvelopeContent : IDisposable
{
    private const int LengthBytes = sizeof(uint);

    // Below this brotli rarely pays for its own frame.
    private const int MinCompressBytes = 64;

    // Benchmarked on form instances: quality 3 gives most of the gain at a fifth of the time of quality 5.
    private const int Quality = 3;
    private const int Window = 20;

    private readonly byte[]? _rented;
    private readonly int _length;

    private EnvelopeContent(byte[] rented, int length, EnvelopeFlags flags)
    {
        _rented = rented;
        _length = length;
        Flags = flags;
    }

    /// <summary>What was done.</summary>
    public EnvelopeFlags Flags { get; }

    /// <summary>False if the plaintext is the content.</summary>
    public bool Prepared => _rented is not null;

    /// <summary>The content, if <see cref="Prepared"/>.</summary>
    public ReadOnlySpan<byte> Span => _rented.AsSpan(0, _length);

    /// <summary>Compresses if asked and worth it, then pads if asked.</summary>
    public static EnvelopeContent Prepare(ReadOnlySpan<byte> plain, SealOptions options)
    {
        var content = options.Compress && plain.Length >= MinCompressBytes ? Compress(plain) : default;
        return options.Pad ? Pad(plain, content) : content;
    }

    /// <summary>Strips the padding and unfolds; refuses more than <paramref name="maxPlainBytes"/>.</summary>
    public static byte[] Restore(EnvelopeFlags flags, ReadOnlySpan<byte> content, int maxPlainBytes)
    {
        if (flags.HasFlag(EnvelopeFlags.Padded))
        {
            var end = content.LastIndexOfAnyExcept((byte)0);
            content = end >= 0 && content[end] == 0x80 ? content[..end] : throw Malformed("its padding has no mark");
        }

        if (!flags.HasFlag(EnvelopeFlags.Brotli))
        {
            RequireWithin(content.Length, maxPlainBytes);
            return content.ToArray();
        }

        if (content.Length < LengthBytes)
        {
            throw Malformed("it is compressed and has no length");
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(content);
        RequireWithin(length, maxPlainBytes);
        var plain = GC.AllocateUninitializedArray<byte>((int)length);
        return BrotliDecoder.TryDecompress(content[LengthBytes..], plain, out var written) && written == length
            ? plain
            : throw Malformed($"it does not unfold to the stated {length} bytes");
    }

    /// <summary>Refuses a length above the limit, before anything of that size is allocated.</summary>
    public static void RequireWithin(long length, int maxPlainBytes)
    {
        if (length > maxPlainBytes)
        {
            throw new VaultException(
                VaultFailure.TooLarge, $"The sealed value holds {length} bytes; at most {maxPlainBytes} are read at once here.");
        }
    }

    /// <summary>Clears the working copy of the plaintext.</summary>
    public void Dispose()
    {
        if (_rented is not null)
        {
            CryptographicOperations.ZeroMemory(_rented.AsSpan(0, _length));
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }

    /// <summary>Returns the Padmé length: leaks at most log log of the true length.</summary>
    internal static int PadmeLength(int length)
    {
        if (length < 2)
        {
            return length;
        }

        var exponent = BitOperations.Log2((uint)length);
        var keep = BitOperations.Log2((uint)exponent) + 1;
        var mask = (1 << Math.Max(0, exponent - keep)) - 1;
        return checked(length + mask) & ~mask;
    }

    private static EnvelopeContent Compress(ReadOnlySpan<byte> plain)
    {
        var limit = plain.Length - (plain.Length / 8);
        var buffer = ArrayPool<byte>.Shared.Rent(limit);
        BinaryPrimitives.WriteInt32LittleEndian(buffer, plain.Length);
        if (BrotliEncoder.TryCompress(
            plain, buffer.AsSpan(LengthBytes, limit - LengthBytes), out var written, Quality, Window))
        {
            return new(buffer, LengthBytes + written, EnvelopeFlags.Brotli);
        }

        CryptographicOperations.ZeroMemory(buffer.AsSpan(0, limit));
        ArrayPool<byte>.Shared.Return(buffer);
        return default;
    }

    private static EnvelopeContent Pad(ReadOnlySpan<byte> plain, EnvelopeContent content)
    {
        var source = content.Prepared ? content.Span : plain;
        var length = PadmeLength(checked(source.Length + 1));
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        source.CopyTo(buffer);
        buffer[source.Length] = 0x80;
        buffer.AsSpan(source.Length + 1, length - source.Length - 1).Clear();
        var flags = content.Flags | EnvelopeFlags.Padded;
        content.Dispose();
        return new(buffer, length, flags);
    }

    private static VaultException Malformed(string why) => new(
        VaultFailure.Corrupted, $"The sealed value opened but {why}: it was written wrongly. Report this as a fault.");
}
