using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Server.Accounts;

/// <summary>Makes and hashes opaque tokens: 256 random bits in Base64url; only the SHA-256 is kept.</summary>
internal static class SecretToken
{
    // 43 characters are 256 bits; more is never one of ours.
    private const int MostCharacters = 128;

    /// <summary>Makes a new token.</summary>
    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Gives what is stored and looked up instead of a token; null when the text cannot be one.</summary>
    public static byte[]? HashOf(string token) =>
        token.Length is > 0 and <= MostCharacters ? SHA256.HashData(Encoding.UTF8.GetBytes(token)) : null;

    /// <summary>Derives the token that a page must send with every change it asks for under a cookie; it does not tell the session's.</summary>
    public static string CsrfOf(string token) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"fieldkeep csrf {token}")));

    /// <summary>Compares a sent CSRF token with that of a session, in constant time.</summary>
    public static bool IsCsrfOf(string token, string? sent) =>
        sent is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(CsrfOf(token)), Encoding.UTF8.GetBytes(sent));
}
