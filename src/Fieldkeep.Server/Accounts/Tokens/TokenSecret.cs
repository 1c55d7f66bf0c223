using System.Buffers.Text;
using System.Security.Cryptography;

namespace Fieldkeep.Server.Accounts.Tokens;

/// <summary>Makes the secrets of tokens and app passwords, and tells them from passwords.</summary>
/// <remarks>
/// <c>fk_</c> and 43 characters of Base64url (256 bits), or <c>fkp_</c> and 26 letters and digits (130 bits) that can be typed on a phone.
/// Scanners for leaked secrets look for <c>fk_[A-Za-z0-9_-]{43}</c> and <c>fkp_[a-z2-7]{26}</c>.
/// </remarks>
internal static class TokenSecret
{
    private const string Token = "fk_";
    private const string AppPassword = "fkp_";
    private const int TokenBytes = 32;
    private const int AppPasswordLetters = 26;

    /// <summary>Makes a secret.</summary>
    public static string Create(bool isAppPassword) => isAppPassword
        ? AppPassword + RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz234567", AppPasswordLetters)
        : Token + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));

    /// <summary>Tells whether a text looks like a secret of ours rather than like a password.</summary>
    public static bool Is(string text) =>
        text.StartsWith(Token, StringComparison.Ordinal) || text.StartsWith(AppPassword, StringComparison.Ordinal);
}
