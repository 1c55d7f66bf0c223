using System.Buffers.Binary;
using System.Security.Cryptography;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Frames;

/// <summary>
/// Seals and opens the numbered frames of one file that only grows: AES-256-GCM under a key that HKDF-SHA-256 derives from a data key, a random salt of
/// the file and what the file says of itself. The nonce is the frame's number, so a number must be sealed once only. Not safe for several threads.
/// </summary>
public sealed class FrameCipher : IDisposable
{
    /// <summary>Bytes that a sealed frame has more than its content.</summary>
    public const int TagBytes = 16;

    /// <summary>Size of the salt of a file, bytes.</summary>
    public const int SaltBytes = 32;

    private const int KeyBytes = 32;
    private const int NonceBytes = 12;

    private readonly AesGcm _cipher;

    private FrameCipher(ReadOnlySpan<byte> key) => _cipher = new AesGcm(key, TagBytes);

    /// <summary>The highest number of a frame: numbers have 96 bits.</summary>
    public static UInt128 MaxNumber => (UInt128.One << 96) - 1;

    /// <summary>Makes the random salt of a new file.</summary>
    public static void FillSalt(Span<byte> salt) => RandomNumberGenerator.Fill(salt);

    /// <summary>Derives the key of one file.</summary>
    /// <param name="key">The data key.</param>
    /// <param name="salt">The random salt of the file, <see cref="SaltBytes"/>.</param>
    /// <param name="info">A label of the format and what the file says of itself; bound.</param>
    public static FrameCipher Derive(DataKey key, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info)
    {
        Span<byte> derived = stackalloc byte[KeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Secret.Span, derived, salt, info);
        key.Secret.ThrowIfDisposed();
        var cipher = new FrameCipher(derived);
        CryptographicOperations.ZeroMemory(derived);
        return cipher;
    }

    /// <summary>Seals one frame; <paramref name="destination"/> takes its length plus 16 bytes and may begin where <paramref name="plain"/> does.</summary>
    public void Seal(UInt128 number, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(number, nonce);
        _cipher.Encrypt(nonce, plain, destination[..plain.Length], destination.Slice(plain.Length, TagBytes), associated);
    }

    /// <summary>Opens one frame; <paramref name="destination"/> takes its length less 16 bytes. False when it is not what was sealed under this number.</summary>
    public bool TryOpen(UInt128 number, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> frame, Span<byte> destination)
    {
        if (frame.Length < TagBytes)
        {
            return false;
        }

        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(number, nonce);
        var length = frame.Length - TagBytes;
        try
        {
            _cipher.Decrypt(nonce, frame[..length], frame[length..], destination[..length], associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cipher.Dispose();

    private static void WriteNonce(UInt128 number, Span<byte> nonce)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, MaxNumber);
        BinaryPrimitives.WriteUInt64BigEndian(nonce, (ulong)(number >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(nonce[8..], (uint)(number & uint.MaxValue));
    }
}
