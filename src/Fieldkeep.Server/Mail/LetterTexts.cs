using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Fieldkeep.Server.Mail;

/// <summary>The texts of letters in every language, and the words put into them.</summary>
internal static class LetterTexts
{
    /// <summary>The languages there are texts in.</summary>
    public static readonly IReadOnlyList<string> Languages = ["en", "fr", "es", "ar"];

    // A name longer than this is no name but a text of its own, in our letter.
    private const int MostWordCharacters = 300;

    private static readonly Dictionary<string, Dictionary<string, LetterText>> ByLanguage = Languages.ToDictionary(
        language => language, Read, StringComparer.Ordinal);

    /// <summary>Gives the kinds of letters there are.</summary>
    public static IReadOnlyCollection<string> Kinds => ByLanguage["en"].Keys;

    /// <summary>Gives a text as written, with its <c>{words}</c>.</summary>
    /// <exception cref="ArgumentException">There is no such kind: a mistake of ours.</exception>
    public static LetterText Get(string kind, string language) =>
        ByLanguage.TryGetValue(language, out var texts) && texts.TryGetValue(kind, out var text)
            ? text
            : throw new ArgumentException($"There is no text “{kind}” in “{language}”.", nameof(kind));

    /// <summary>Gives the language to write in: the wanted one, else the other, else English.</summary>
    public static string Choose(string? wanted, string other) =>
        Languages.FirstOrDefault(language => language == wanted) ?? Languages.FirstOrDefault(language => language == other) ?? "en";

    /// <summary>Puts words into a text. A name that no word was given for is a mistake of ours.</summary>
    /// <exception cref="ArgumentException">The text asks for a word that is not there.</exception>
    public static LetterText Fill(LetterText text, IReadOnlyDictionary<string, string> words) =>
        new(Fill(text.Subject, words), Fill(text.Body, words));

    // In one pass: a name that looks like {link} stays what it is.
    private static string Fill(string text, IReadOnlyDictionary<string, string> words)
    {
        var filled = new StringBuilder();
        var at = 0;
        while (text.IndexOf('{', at) is var open and >= 0)
        {
            var close = text.IndexOf('}', open);
            var name = text[(open + 1)..close];
            filled.Append(text, at, open - at).Append(
                words.TryGetValue(name, out var word)
                    ? Tame(word)
                    : throw new ArgumentException($"The letter has no word for “{name}”.", nameof(words)));
            at = close + 1;
        }

        return filled.Append(text, at, text.Length - at).ToString();
    }

    private static string Tame(string word)
    {
        var cut = word.Length <= MostWordCharacters ? word : word[..MostWordCharacters];
        return string.Concat(cut.Select(letter => char.IsControl(letter) || letter is '\u2028' or '\u2029' ? ' ' : letter));
    }

    private static Dictionary<string, LetterText> Read(string language)
    {
        var name = $"Fieldkeep.Server.Mail.Texts.{language}.json";
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The embedded texts {name} cannot be read.");
        var written = JsonSerializer.Deserialize<Dictionary<string, WrittenText>>(stream, JsonSerializerOptions.Web)
            ?? throw new InvalidOperationException($"The embedded texts {name} are empty.");
        return written.ToDictionary(
            pair => pair.Key, pair => new LetterText(pair.Value.Subject, string.Join('\n', pair.Value.Body)), StringComparer.Ordinal);
    }

    private sealed record WrittenText(string Subject, IReadOnlyList<string> Body);
}

/// <summary>A letter's subject and its body, plain text with line feeds.</summary>
internal sealed record LetterText(string Subject, string Body);
