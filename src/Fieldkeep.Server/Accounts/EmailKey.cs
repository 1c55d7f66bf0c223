using System.Text;
using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Accounts;

/// <summary>Turns an e-mail address into the form in which addresses are compared: NFKC, then lower case.</summary>
/// <remarks>
/// This process runs without ICU and cannot normalise, so PostgreSQL does; plain ASCII needs no round trip.
/// </remarks>
internal static class EmailKey
{
    /// <summary>The longest address taken, in characters (RFC 5321).</summary>
    public const int MostCharacters = 320;

    private const string Normalise = "select normalize(@text, nfkc)";

    /// <summary>Gives the key of an address; any text has one.</summary>
    public static async Task<string> OfAsync(Sql sql, string email, CancellationToken cancellationToken)
    {
        var text = email.Trim();
        if (text.Length > MostCharacters)
        {
            text = text[..MostCharacters];
        }

        // NUL cannot be stored, and a lone surrogate is no text: neither is in any account's address.
        if (text.Contains('\0', StringComparison.Ordinal) || !IsText(text))
        {
            return "";
        }

        return Ascii.IsValid(text)
            ? text.ToLowerInvariant()
            : (await sql.GetAsync<string>(Normalise, new { text }, cancellationToken)).ToLowerInvariant();
    }

    /// <summary>Tells whether text can be an address: something, one @, something with a dot or a single host name.</summary>
    public static bool IsAddress(string email)
    {
        var at = email.IndexOf('@', StringComparison.Ordinal);
        return email.Length <= MostCharacters
            && IsText(email)
            && at > 0 && at < email.Length - 1 && at == email.LastIndexOf('@')
            && !email.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter));
    }

    /// <summary>Tells whether every surrogate stands in a pair, so that the text can be written as UTF-8.</summary>
    public static bool IsText(string text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (char.IsSurrogate(text[index]))
            {
                if (index + 1 == text.Length || !char.IsSurrogatePair(text[index], text[index + 1]))
                {
                    return false;
                }

                index++;
            }
        }

        return true;
    }
}
