using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Fieldkeep.Vault.Odk;

/// <summary>
/// Opens the keys of instances that phones encrypted (ODK XForms, “Encryption”): RSA with OAEP, SHA-256 for both hash and mask.
/// Safe to use from many threads.
/// </summary>
public sealed class OdkPrivateKey : IDisposable
{
    private const int KeyBits = 2048;
    private const int InstanceKeyBytes = 32;

    // An RSA object serves one caller at a time; each core gets its own and gives it back.
    private readonly ConcurrentBag<RSA> _free = [];
    private readonly SecretBytes _pkcs8;

    /// <summary>Takes over a private key, PKCS #8.</summary>
    public OdkPrivateKey(SecretBytes pkcs8)
    {
        _pkcs8 = pkcs8;
        _free.Add(Import());
    }

    /// <summary>Makes a key pair of 2,048 bits.</summary>
    /// <param name="publicKey">The public half as forms carry it: SubjectPublicKeyInfo, Base64; may be shown.</param>
    public static SecretBytes Create(out string publicKey)
    {
        using var rsa = RSA.Create(KeyBits);
        publicKey = Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo());
        var bytes = rsa.ExportPkcs8PrivateKey();
        try
        {
            return new SecretBytes(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Opens the key of one instance; null when it was encrypted to another key, or is damaged.</summary>
    /// <param name="encryptedKey"><c>base64EncryptedKey</c> of its manifest.</param>
    public OdkInstanceKey? TryOpen(string instanceId, string encryptedKey)
    {
        var key = TryDecrypt(encryptedKey);
        try
        {
            return key is { Length: InstanceKeyBytes } ? new OdkInstanceKey(instanceId, new SecretBytes(key)) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Tells whether a manifest's signature is that of these facts and files.</summary>
    /// <remarks>
    /// The “signature” is a digest encrypted to the form's own public key, so anyone can make one. It finds files that were cut off,
    /// exchanged or damaged on the way, not forgers.
    /// </remarks>
    public bool Matches(OdkSignature signature) =>
        TryDecrypt(signature.Encrypted) is { } digest && signature.Digests().Any(expected => digest.AsSpan().SequenceEqual(expected));

    /// <inheritdoc/>
    public void Dispose()
    {
        _pkcs8.Dispose();
        while (_free.TryTake(out var rsa))
        {
            rsa.Dispose();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => "private key [secret]";

    private byte[]? TryDecrypt(string base64)
    {
        var rsa = _free.TryTake(out var free) ? free : Import();
        try
        {
            return rsa.Decrypt(Convert.FromBase64String(base64), RSAEncryptionPadding.OaepSHA256);
        }
        catch (Exception problem) when (problem is CryptographicException or FormatException)
        {
            return null;
        }
        finally
        {
            _free.Add(rsa);
            if (_pkcs8.IsDisposed)
            {
                Dispose();
            }
        }
    }

    private RSA Import()
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportPkcs8PrivateKey(_pkcs8.Span, out _);
            return rsa;
        }
        catch
        {
            rsa.Dispose();
            throw;
        }
    }
}
