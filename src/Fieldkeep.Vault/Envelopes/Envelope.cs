using System.Buffers;
using System.Security.Cryptography;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Envelopes;

/// <summary>Asks for compression and padding of one value.</summary>
/// <param name="Compress">Compress when it saves at least an eighth.</param>
/// <param name="Pad">Hide the length (Padmé, at most 12 % more).</param>
public readonly record struct SealOptions(bool Compress = false, bool Pad = false);

/// <summary>Seals and opens values that fit in memory. Format FK1, docs/formats/envelope.md.</summary>
public static class Envelope
{
    /// <summary>Bytes an envelope adds to content under 16 KiB.</summary>
    public const int Overhead = ChunkCipher.MinEnvelopeBytes;

    /// <summary>What a value may unfold to unless the caller says otherwise: 64 MiB.</summary>
    public const int DefaultMaxPlainBytes = 64 * 1024 * 1024;

    /// <summary>Returns the size of the envelope of <paramref name="contentBytes"/> bytes.</summary>
    public static long SealedLength(long contentBytes) =>
        ChunkCipher.PrefixBytes + contentBytes + (ChunkCipher.TagBytes * ((contentBytes / ChunkCipher.ChunkBytes) + 1));

    /// <summary>Seals <paramref name="plain"/> with <paramref name="key"/> for one place.</summary>
    public static byte[] Seal(
        DataKey key,
        EnvelopePurpose purpose,
        in EnvelopeContext context,
        ReadOnlySpan<byte> plain,
        SealOptions options = default)
    {
        using var content = EnvelopeContent.Prepare(plain, options);
        var bytes = content.Prepared ? content.Span : plain;
        var sealedBytes = GC.AllocateUninitializedArray<byte>(checked((int)SealedLength(bytes.Length)));
        SealContent(key, new EnvelopeHeader(content.Flags, purpose, key.Id), context, bytes, sealedBytes);
        return sealedBytes;
    }

    /// <summary>Seals <paramref name="plain"/> into <paramref name="destination"/>; returns the number of bytes written.</summary>
    public static int Seal(
        DataKey key,
        EnvelopePurpose purpose,
        in EnvelopeContext context,
        ReadOnlySpan<byte> plain,
        IBufferWriter<byte> destination,
        SealOptions options = default)
    {
        using var content = EnvelopeContent.Prepare(plain, options);
        var bytes = content.Prepared ? content.Span : plain;
        var length = checked((int)SealedLength(bytes.Length));
        var header = new EnvelopeHeader(content.Flags, purpose, key.Id);
        SealContent(key, header, context, bytes, destination.GetSpan(length)[..length]);
        destination.Advance(length);
        return length;
    }

    /// <summary>Opens an envelope with the key its header names, looked up among a project's keys.</summary>
    /// <exception cref="VaultException">Why it cannot be opened; nothing is returned in part.</exception>
    public static byte[] Open(
        ProjectKeys keys,
        EnvelopePurpose purpose,
        in EnvelopeContext context,
        ReadOnlySpan<byte> envelope,
        int maxPlainBytes = DefaultMaxPlainBytes) =>
        Open(keys.Get(EnvelopeHeader.Read(envelope).KeyId), purpose, context, envelope, maxPlainBytes);

    /// <summary>Opens an envelope.</summary>
    /// <exception cref="VaultException">Why it cannot be opened; nothing is returned in part.</exception>
    public static byte[] Open(
        DataKey key,
        EnvelopePurpose purpose,
        in EnvelopeContext context,
        ReadOnlySpan<byte> envelope,
        int maxPlainBytes = DefaultMaxPlainBytes)
    {
        var header = Check(key, purpose, context, envelope);
        var length = ContentLength(envelope.Length);
        if (header.Flags == EnvelopeFlags.None)
        {
            EnvelopeContent.RequireWithin(length, maxPlainBytes);
        }

        var content = GC.AllocateUninitializedArray<byte>(length);
        var handedOut = false;
        try
        {
            OpenContent(key, context, envelope, content);
            handedOut = header.Flags == EnvelopeFlags.None;
            return handedOut ? content : EnvelopeContent.Restore(header.Flags, content, maxPlainBytes);
        }
        finally
        {
            if (!handedOut)
            {
                CryptographicOperations.ZeroMemory(content);
            }
        }
    }

    /// <summary>Opens an envelope into <paramref name="destination"/>; returns the number of bytes written.</summary>
    /// <exception cref="VaultException">Why it cannot be opened; nothing is written in part.</exception>
    public static int Open(
        DataKey key,
        EnvelopePurpose purpose,
        in EnvelopeContext context,
        ReadOnlySpan<byte> envelope,
        IBufferWriter<byte> destination,
        int maxPlainBytes = DefaultMaxPlainBytes)
    {
        var header = Check(key, purpose, context, envelope);
        if (header.Flags != EnvelopeFlags.None)
        {
            var plain = Open(key, purpose, context, envelope, maxPlainBytes);
            destination.Write(plain);
            CryptographicOperations.ZeroMemory(plain);
            return plain.Length;
        }

        var length = ContentLength(envelope.Length);
        EnvelopeContent.RequireWithin(length, maxPlainBytes);
        OpenContent(key, context, envelope, destination.GetSpan(length)[..length]);
        destination.Advance(length);
        return length;
    }

    /// <summary>Tells which key an envelope was sealed with; checks nothing but the header.</summary>
    /// <exception cref="VaultException">Truncated, UnknownFormat, UnknownSuite.</exception>
    public static KeyId KeyOf(ReadOnlySpan<byte> envelope) => EnvelopeHeader.Read(envelope).KeyId;

    /// <summary>Seals what an envelope holds with the project's key that seals for the purpose, for the same place and as long as before: compressed and padded as it was.</summary>
    /// <exception cref="VaultException">Why it cannot be opened.</exception>
    public static byte[] Reseal(ProjectKeys keys, EnvelopePurpose purpose, in EnvelopeContext context, ReadOnlySpan<byte> envelope)
    {
        var key = keys.Get(EnvelopeHeader.Read(envelope).KeyId);
        var header = Check(key, purpose, context, envelope);
        var content = GC.AllocateUninitializedArray<byte>(ContentLength(envelope.Length));
        try
        {
            OpenContent(key, context, envelope, content);
            var sealedBytes = GC.AllocateUninitializedArray<byte>(envelope.Length);
            var sealing = keys.SealingFor(purpose);
            SealContent(sealing, header with { KeyId = sealing.Id }, context, content, sealedBytes);
            return sealedBytes;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>Seals with a fixed salt, for vectors.</summary>
    internal static byte[] SealWithSalt(
        DataKey key, EnvelopeHeader header, in EnvelopeContext context, ReadOnlySpan<byte> content, ReadOnlySpan<byte> salt)
    {
        var sealedBytes = new byte[SealedLength(content.Length)];
        using var cipher = ChunkCipher.Begin(key, header, context, sealedBytes, salt);
        SealChunks(cipher, content, sealedBytes);
        return sealedBytes;
    }

    private static void SealContent(
        DataKey key, EnvelopeHeader header, in EnvelopeContext context, ReadOnlySpan<byte> content, Span<byte> destination)
    {
        using var cipher = ChunkCipher.Begin(key, header, context, destination);
        SealChunks(cipher, content, destination);
    }

    private static void SealChunks(ChunkCipher cipher, ReadOnlySpan<byte> content, Span<byte> destination)
    {
        var full = content.Length / ChunkCipher.ChunkBytes;
        for (var index = 0; index <= full; index++)
        {
            var plain = content[(index * ChunkCipher.ChunkBytes)..];
            plain = index < full ? plain[..ChunkCipher.ChunkBytes] : plain;
            cipher.Seal(index, plain, destination[(ChunkCipher.PrefixBytes + (index * ChunkCipher.SealedChunkBytes))..]);
        }
    }

    private static EnvelopeHeader Check(
        DataKey key, EnvelopePurpose purpose, in EnvelopeContext context, ReadOnlySpan<byte> envelope)
    {
        var header = EnvelopeHeader.Read(envelope);
        if (envelope.Length < ChunkCipher.MinEnvelopeBytes)
        {
            throw Truncated(envelope.Length);
        }

        if (header.Purpose != purpose || header.KeyId != key.Id)
        {
            throw new VaultException(
                VaultFailure.WrongKeyOrContext,
                $"The value in {context.Column} of row {context.Row} was sealed as “{header.Purpose}” with key {header.KeyId}; "
                + $"it was to be opened as “{purpose}” with key {key.Id}.");
        }

        return header;
    }

    private static int ContentLength(int envelopeLength)
    {
        var body = envelopeLength - ChunkCipher.PrefixBytes;
        var full = body / ChunkCipher.SealedChunkBytes;
        var last = body - (full * ChunkCipher.SealedChunkBytes);
        return last >= ChunkCipher.TagBytes
            ? body - ((full + 1) * ChunkCipher.TagBytes)
            : throw Truncated(envelopeLength);
    }

    private static void OpenContent(
        DataKey key, in EnvelopeContext context, ReadOnlySpan<byte> envelope, Span<byte> destination)
    {
        using var cipher = ChunkCipher.Resume(key, context, envelope);
        var chunks = envelope[ChunkCipher.PrefixBytes..];
        var opened = false;
        try
        {
            for (var index = 0; !chunks.IsEmpty; index++)
            {
                var chunk = chunks[..Math.Min(chunks.Length, ChunkCipher.SealedChunkBytes)];
                cipher.Open(index, chunk, destination[(index * ChunkCipher.ChunkBytes)..]);
                chunks = chunks[chunk.Length..];
            }

            opened = true;
        }
        finally
        {
            if (!opened)
            {
                CryptographicOperations.ZeroMemory(destination);
            }
        }
    }

    private static VaultException Truncated(long length) => new(
        VaultFailure.Truncated,
        $"The sealed value has {length} bytes and is cut off: its last chunk is missing. Restore it from a backup.");
}
