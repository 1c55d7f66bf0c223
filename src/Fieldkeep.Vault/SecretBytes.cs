using System.Security.Cryptography;

namespace Fieldkeep.Vault;

/// <summary>Holds secret bytes in pinned memory that is zeroed on dispose; never prints them.</summary>
public sealed class SecretBytes : IDisposable
{
    private readonly byte[] _bytes;
    private volatile bool _disposed;

    /// <summary>Copies <paramref name="source"/>; the caller clears its own copy.</summary>
    public SecretBytes(ReadOnlySpan<byte> source)
    {
        // Pinned, so that the collector leaves no stray copies when it compacts.
        _bytes = GC.AllocateUninitializedArray<byte>(source.Length, pinned: true);
        source.CopyTo(_bytes);
    }

    /// <summary>Makes <paramref name="length"/> random bytes.</summary>
    public static SecretBytes Random(int length)
    {
        var secret = new SecretBytes(new byte[length]);
        RandomNumberGenerator.Fill(secret._bytes);
        return secret;
    }

    /// <summary>Number of bytes.</summary>
    public int Length => _bytes.Length;

    /// <summary>True after the bytes were cleared.</summary>
    public bool IsDisposed => _disposed;

    /// <summary>The secret; do not keep it longer than one call.</summary>
    public ReadOnlySpan<byte> Span
    {
        get
        {
            ThrowIfDisposed();
            return _bytes;
        }
    }

    /// <summary>
    /// Throws if the secret was cleared. Called again after use: whoever read the span before
    /// and finds it alive after has worked with the true key, not with zeros.
    /// </summary>
    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    /// <summary>Compares in constant time.</summary>
    public bool FixedTimeEquals(ReadOnlySpan<byte> other) => CryptographicOperations.FixedTimeEquals(Span, other);

    /// <summary>Zeroes the bytes.</summary>
    public void Dispose()
    {
        _disposed = true;
        Thread.MemoryBarrier();
        CryptographicOperations.ZeroMemory(_bytes);
    }

    /// <inheritdoc/>
    public override string ToString() => "[secret]";
}
