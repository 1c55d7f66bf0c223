using System.Buffers.Binary;
using System.Security.Cryptography;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Envelopes;

/// <summary>Seals and opens the chunks of one envelope under its single-use key (C2SP chunked-encryption, Cobblestone-256).</summary>
internal sealed class ChunkCipher : IDisposable
{
    public const int ChunkBytes = 16384;
    public const int TagBytes = 16;
    public const int SealedChunkBytes = ChunkBytes + TagBytes;
    public const int SaltBytes = 24;
    public const int CommitmentBytes = 32;

    /// <summary>Where the first chunk begins.</summary>
    public const int PrefixBytes = EnvelopeHeader.Size + SaltBytes + CommitmentBytes;

    /// <summary>The smallest envelope: no content.</summary>
    public const int MinEnvelopeBytes = PrefixBytes + TagBytes;

    private const long MaxChunks = 1L << 38;
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int HashBytes = 64;

    private readonly AesGcm _cipher;
    private readonly ulong _nonceTail;
    private readonly uint _nonceHead;

    private ChunkCipher(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce)
    {
        _cipher = new AesGcm(key, TagBytes);
        _nonceHead = BinaryPrimitives.ReadUInt32BigEndian(nonce);
        _nonceTail = BinaryPrimitives.ReadUInt64BigEndian(nonce[4..]);
    }

    private static ReadOnlySpan<byte> Label => "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"u8;

    /// <summary>Begins an envelope: writes header, fresh salt and commitment (76 bytes) to <paramref name="prefix"/>.</summary>
    public static ChunkCipher Begin(DataKey key, EnvelopeHeader header, in EnvelopeContext context, Span<byte> prefix)
    {
        var salt = prefix.Slice(EnvelopeHeader.Size, SaltBytes);
        RandomNumberGenerator.Fill(salt);
        key.CountSeal();
        return Begin(key, header, context, prefix, salt);
    }

    /// <summary>Begins an envelope with a given salt: for vectors, which must come out the same each time.</summary>
    public static ChunkCipher Begin(
        DataKey key, EnvelopeHeader header, in EnvelopeContext context, Span<byte> prefix, ReadOnlySpan<byte> salt)
    {
        if (key.OpensOnly)
        {
            throw new InvalidOperationException($"The data key {key.Id} opens only: seal with the project's primary key.");
        }

        if (header.Purpose == EnvelopePurpose.None)
        {
            throw new ArgumentException("An envelope needs a purpose.", nameof(header));
        }

        header.Write(prefix);
        salt.CopyTo(prefix[EnvelopeHeader.Size..]);
        return Derive(key, context, prefix, prefix.Slice(EnvelopeHeader.Size + SaltBytes, CommitmentBytes), check: false);
    }

    /// <summary>Resumes from the first 76 bytes of an envelope; the commitment must hold.</summary>
    /// <exception cref="VaultException">WrongKeyOrContext.</exception>
    public static ChunkCipher Resume(DataKey key, in EnvelopeContext context, ReadOnlySpan<byte> prefix)
    {
        Span<byte> commitment = stackalloc byte[CommitmentBytes];
        prefix.Slice(EnvelopeHeader.Size + SaltBytes, CommitmentBytes).CopyTo(commitment);
        return Derive(key, context, prefix, commitment, check: true);
    }

    /// <summary>Seals one chunk; <paramref name="destination"/> takes its length plus 16 bytes.</summary>
    public void Seal(long index, ReadOnlySpan<byte> plain, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(index, nonce);
        _cipher.Encrypt(nonce, plain, destination[..plain.Length], destination.Slice(plain.Length, TagBytes));
    }

    /// <summary>Opens one chunk; <paramref name="destination"/> takes its length less 16 bytes.</summary>
    /// <exception cref="VaultException">Corrupted.</exception>
    public void Open(long index, ReadOnlySpan<byte> chunk, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(index, nonce);
        var length = chunk.Length - TagBytes;
        try
        {
            _cipher.Decrypt(nonce, chunk[..length], chunk[length..], destination[..length]);
        }
        catch (AuthenticationTagMismatchException mismatch)
        {
            throw new VaultException(
                VaultFailure.Corrupted,
                $"The sealed value is damaged in chunk {index}: it was changed or cut off after sealing. Restore it from a backup.",
                mismatch);
        }
    }

    public void Dispose() => _cipher.Dispose();

    private static ChunkCipher Derive(
        DataKey key, in EnvelopeContext context, ReadOnlySpan<byte> prefix, Span<byte> commitment, bool check)
    {
        Span<byte> info = stackalloc byte[256];
        Span<byte> output = stackalloc byte[2 * HashBytes];
        Label.CopyTo(info);
        var at = Label.Length;
        prefix.Slice(EnvelopeHeader.Size, SaltBytes).CopyTo(info[at..]);
        at += SaltBytes;
        "fk1"u8.CopyTo(info[at..]);
        at += 3;
        prefix[..EnvelopeHeader.Size].CopyTo(info[at..]);
        at += EnvelopeHeader.Size;
        at += context.Write(info[at..]);
        key.Expand(info[..at], output);

        try
        {
            var derived = output.Slice(KeyBytes + NonceBytes, CommitmentBytes);
            if (!check)
            {
                derived.CopyTo(commitment);
            }
            else if (!CryptographicOperations.FixedTimeEquals(derived, commitment))
            {
                throw new VaultException(
                    VaultFailure.WrongKeyOrContext,
                    $"The value in {context.Column} of row {context.Row}, version {context.Version}, was not sealed for this place "
                    + $"with key {key.Id}, or its first bytes are damaged.");
            }

            return new ChunkCipher(output[..KeyBytes], output.Slice(KeyBytes, NonceBytes));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(output);
        }
    }

    private void WriteNonce(long index, Span<byte> nonce)
    {
        if (index is < 0 or >= MaxChunks)
        {
            throw new VaultException(VaultFailure.TooLarge, $"Chunk {index} is beyond the {MaxChunks} chunks of one envelope.");
        }

        BinaryPrimitives.WriteUInt32BigEndian(nonce, _nonceHead);
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], _nonceTail ^ (ulong)index);
    }
}
