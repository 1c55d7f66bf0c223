using System.Globalization;
using System.Text;

namespace Fieldkeep.XForms.Privacy;

/// <summary>Splits texts and names into comparable words: lower case, without accents, marks and Arabic articles.</summary>
internal static class PrivacyTokens
{
    /// <summary>Stands for a reference such as <c>${name}</c>.</summary>
    public const string Reference = "${}";

    private const int ShortestArabicWithArticle = 4;

    /// <summary>Splits a label; HTML tags are left out, references become <see cref="Reference"/>.</summary>
    public static List<string> OfText(string text) => Split(text, isName: false);

    /// <summary>Splits the name of a question at _, -, ., digits and capitals.</summary>
    public static List<string> OfName(string name) => Split(name, isName: true);

    private static List<string> Split(string text, bool isName)
    {
        var tokens = new List<string>();
        var word = new StringBuilder();
        var decomposed = Ascii.IsValid(text) ? text : text.Normalize(NormalizationForm.FormD);
        var previous = '\0';
        for (var i = 0; i < decomposed.Length; i++)
        {
            var letter = decomposed[i];
            if (letter == '<' && decomposed.IndexOf('>', i) is > 0 and var close && close - i < 200)
            {
                End(tokens, word);
                i = close;
                continue;
            }

            if (letter == '$' && i + 1 < decomposed.Length && decomposed[i + 1] == '{' && decomposed.IndexOf('}', i) is > 0 and var brace)
            {
                End(tokens, word);
                tokens.Add(Reference);
                i = brace;
                continue;
            }

            // Accents, Arabic vowels and the tatweel do not part words.
            if (!char.IsAscii(letter) && (letter == 'ـ' || CharUnicodeInfo.GetUnicodeCategory(letter) == UnicodeCategory.NonSpacingMark))
            {
                continue;
            }

            if (!char.IsLetterOrDigit(letter))
            {
                End(tokens, word);
            }
            else
            {
                if (isName && IsPart(previous, letter))
                {
                    End(tokens, word);
                }

                word.Append(Fold(char.ToLowerInvariant(letter)));
            }

            previous = letter;
        }

        End(tokens, word);
        return tokens;
    }

    private static bool IsPart(char previous, char letter) =>
        (char.IsUpper(letter) && char.IsLower(previous))
        || (char.IsLetter(letter) && char.IsDigit(previous))
        || (char.IsDigit(letter) && char.IsLetter(previous));

    // Alef with hamza or madda loses its mark by decomposition; these are letters of their own.
    private static char Fold(char letter) => letter switch
    {
        'ى' => 'ي',
        'ة' => 'ه',
        'ٱ' => 'ا',
        'œ' => 'o',
        _ => letter,
    };

    private static void End(List<string> tokens, StringBuilder word)
    {
        if (word.Length == 0)
        {
            return;
        }

        var text = word.ToString();
        word.Clear();
        if (IsArabic(text[0]))
        {
            text = WithoutArticle(text);
        }
        else if (text.Length == 1 && !char.IsDigit(text[0]))
        {
            return;
        }

        tokens.Add(text);
    }

    private static bool IsArabic(char letter) => letter is >= '؀' and <= 'ۿ';

    private static string WithoutArticle(string word)
    {
        foreach (var article in (string[])["وال", "بال", "كال", "فال", "ال", "لل"])
        {
            if (word.Length >= article.Length + ShortestArabicWithArticle - 2 && word.StartsWith(article, StringComparison.Ordinal))
            {
                return word[article.Length..];
            }
        }

        return word;
    }
}
