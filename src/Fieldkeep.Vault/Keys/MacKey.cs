using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Vault.Keys;

/// <summary>
/// Makes keyed hashes (HMAC-SHA-256): token pepper, sessions, and a project's blind index, which finds equal
/// content without storing it. What is hashed is LP(domain) ‖ value, so that equal values in two columns do not look equal.
/// </summary>
public sealed class MacKey : IDisposable
{
    /// <summary>Size of a keyed hash, bytes.</summary>
    public const int HashBytes = 32;

    private readonly SecretBytes _secret;

    internal MacKey(KeyId id, SecretBytes secret)
    {
        Id = id;
        _secret = secret;
    }

    /// <summary>Names the key.</summary>
    public KeyId Id { get; }

    /// <summary>Hashes <paramref name="value"/> for one domain, like <c>attachments.name</c>.</summary>
    public byte[] Compute(string domain, ReadOnlySpan<byte> value)
    {
        var domainBytes = Encoding.UTF8.GetByteCount(domain);
        var length = sizeof(int) + domainBytes + value.Length;
        var input = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            BinaryPrimitives.WriteInt32LittleEndian(input, domainBytes);
            Encoding.UTF8.GetBytes(domain, input.AsSpan(sizeof(int)));
            value.CopyTo(input.AsSpan(sizeof(int) + domainBytes));
            var hash = HMACSHA256.HashData(_secret.Span, input.AsSpan(0, length));
            _secret.ThrowIfDisposed();
            return hash;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(input.AsSpan(0, length));
            ArrayPool<byte>.Shared.Return(input);
        }
    }

    /// <summary>Hashes text as UTF-8.</summary>
    public byte[] Compute(string domain, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        var hash = Compute(domain, bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return hash;
    }

    /// <summary>Compares in constant time.</summary>
    public bool Matches(string domain, ReadOnlySpan<byte> value, ReadOnlySpan<byte> hash) =>
        CryptographicOperations.FixedTimeEquals(Compute(domain, value), hash);

    /// <inheritdoc/>
    public void Dispose() => _secret.Dispose();

    /// <inheritdoc/>
    public override string ToString() => $"mac key {Id} [secret]";
}
