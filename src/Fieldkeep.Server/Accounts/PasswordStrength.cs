using Fieldkeep.Server.Accounts.Passwords;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Refuses passwords that can be guessed: a list of common ones and zxcvbn, no composition rules.</summary>
internal static class PasswordStrength
{
    /// <summary>The shortest password taken, in characters.</summary>
    public const int FewestCharacters = 10;

    private const int LeastScore = 3;

    // zxcvbn's time grows steeply with length; a password this long is not weak for being short.
    private const int MostCharactersScored = 100;

    /// <summary>Passes a strong password or says what is weak about it.</summary>
    /// <param name="personal">Words that make it easier to guess here: the person's name, e-mail, organisation.</param>
    /// <exception cref="ProblemException"><c>password.too_long</c>, <c>password.weak</c> with <c>feedback</c>.</exception>
    public static void Require(string password, params IEnumerable<string> personal)
    {
        if (password.Length > PasswordHash.MostCharacters)
        {
            throw AccountProblems.PasswordTooLong();
        }

        if (password.Length < FewestCharacters)
        {
            throw AccountProblems.PasswordWeak([$"Use at least {FewestCharacters} characters."], isShort: true);
        }

        if (CommonPasswords.Has(password))
        {
            throw AccountProblems.PasswordWeak(
                ["Many people use this password, so it is among the first that are tried. Several uncommon words in a row are strong and easy to remember."],
                isShort: false);
        }

        var words = personal
            .SelectMany(text => text.Split([' ', '@', '.', '-', '_', ','], StringSplitOptions.RemoveEmptyEntries).Append(text))
            .Where(word => word.Length > 2)
            .Select(word => word.ToLowerInvariant())
            .Append("fieldkeep");
        var scored = password.Length > MostCharactersScored ? password[..MostCharactersScored] : password;
        var result = Zxcvbn.Zxcvbn.MatchPassword(scored, words);
        if (result.Score < LeastScore)
        {
            throw AccountProblems.PasswordWeak(
                ["It can be guessed too easily. Several uncommon words in a row are strong and easy to remember."],
                isShort: false);
        }
    }
}
