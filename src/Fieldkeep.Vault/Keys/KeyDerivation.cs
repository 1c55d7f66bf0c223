using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Vault.Keys;

/// <summary>Derives the root's branches and wraps keys under keys (AES-KWP, RFC 5649).</summary>
internal static class KeyDerivation
{
    /// <summary>HKDF-Expand-SHA-256 of a 32-byte key to 32 bytes under a label.</summary>
    public static SecretBytes Expand(SecretBytes key, string label)
    {
        Span<byte> derived = stackalloc byte[32];
        HKDF.Expand(HashAlgorithmName.SHA256, key.Span, derived, Encoding.ASCII.GetBytes(label));
        var secret = new SecretBytes(derived);
        CryptographicOperations.ZeroMemory(derived);
        return secret;
    }

    /// <summary>Wraps a key.</summary>
    public static byte[] Wrap(SecretBytes wrapping, ReadOnlySpan<byte> key)
    {
        using var aes = Aes.Create();
        aes.SetKey(wrapping.Span);
        return aes.EncryptKeyWrapPadded(key);
    }

    /// <summary>Unwraps a key; null if the wrapping key is another, or a byte was changed.</summary>
    public static SecretBytes? TryUnwrap(SecretBytes wrapping, ReadOnlySpan<byte> wrapped)
    {
        using var aes = Aes.Create();
        aes.SetKey(wrapping.Span);
        byte[]? key = null;
        try
        {
            key = aes.DecryptKeyWrapPadded(wrapped);
            return new SecretBytes(key);
        }
        catch (CryptographicException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
