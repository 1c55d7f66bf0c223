using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Vault.Merkle;

/// <summary>Hashes words under a salt that is kept beside them: with both it can be shown later that they are the ones, without the salt nobody can try words.</summary>
public static class SaltedHash
{
    private const int SaltBytes = 32;

    /// <summary>Makes a salt.</summary>
    public static byte[] NewSalt() => RandomNumberGenerator.GetBytes(SaltBytes);

    /// <summary>Hashes words: HMAC-SHA-256 of their UTF-8 under the salt.</summary>
    public static byte[] Of(string words, byte[] salt) => HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(words));
}
