using System.Security.Cryptography;

namespace Fieldkeep.Vault.Keys;

/// <summary>Signs ledger checkpoints: ECDSA P-256 with SHA-256, signatures of 64 bytes (r ‖ s).</summary>
public sealed class SigningKey : IDisposable
{
    private readonly ECDsa _key;
    private readonly Lock _gate = new();

    internal SigningKey(KeyId id, SecretBytes pkcs8)
    {
        Id = id;
        _key = ECDsa.Create();
        _key.ImportPkcs8PrivateKey(pkcs8.Span, out _);
        PublicKey = _key.ExportSubjectPublicKeyInfo();
    }

    /// <summary>Names the key.</summary>
    public KeyId Id { get; }

    /// <summary>The public half, DER SubjectPublicKeyInfo; may be shown.</summary>
    public byte[] PublicKey { get; }

    /// <summary>Signs <paramref name="message"/>.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        lock (_gate)
        {
            return _key.SignData(message, HashAlgorithmName.SHA256);
        }
    }

    /// <summary>Verifies a signature with a public key alone.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(publicKey, out _);
        return key.VerifyData(message, signature, HashAlgorithmName.SHA256);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    /// <inheritdoc/>
    public override string ToString() => $"signing key {Id} [secret]";

    /// <summary>Makes a private key, PKCS #8.</summary>
    internal static SecretBytes CreatePkcs8()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var bytes = key.ExportPkcs8PrivateKey();
        var secret = new SecretBytes(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return secret;
    }
}
