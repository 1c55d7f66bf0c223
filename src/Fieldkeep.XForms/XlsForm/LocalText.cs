using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.XlsForm;

/// <summary>
/// Holds a text an author wrote either once or once per language. A text is either plain or
/// translated, never both: a plain text next to translations is filed under the form's default language.
/// </summary>
internal sealed class LocalText
{
    private List<KeyValuePair<string, string>>? _translations;

    /// <summary>The text when it was written once; null when it is translated.</summary>
    public string? Plain { get; private set; }

    /// <summary>True when the text was written per language.</summary>
    public bool IsTranslated => _translations is not null;

    /// <summary>The texts by language, in the order of first appearance; empty when the text is plain.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Translations => _translations ?? [];

    /// <summary>True when any of the texts names a question.</summary>
    public bool HasReference =>
        Plain is not null
            ? Reference.IsIn(Plain)
            : Translations.Any(translation => Reference.IsIn(translation.Value));

    /// <summary>Makes a plain text.</summary>
    public static LocalText Of(string plain) => new() { Plain = plain };

    /// <summary>Makes a text with the same words in each language.</summary>
    public static LocalText InLanguages(IEnumerable<string> languages, string text) =>
        new() { _translations = [.. languages.Select(language => KeyValuePair.Create(language, text))] };

    /// <summary>Adds one cell; <paramref name="language"/> is null for the column without a language.</summary>
    public void Add(string? language, string text, string defaultLanguage)
    {
        if (language is null && _translations is null)
        {
            Plain = text;
            return;
        }

        if (_translations is null)
        {
            _translations = [];
            if (Plain is not null && language != defaultLanguage)
            {
                _translations.Add(KeyValuePair.Create(defaultLanguage, Plain));
            }

            Plain = null;
        }

        var key = language ?? defaultLanguage;
        var index = _translations.FindIndex(translation => translation.Key == key);
        if (index < 0)
        {
            _translations.Add(KeyValuePair.Create(key, text));
        }
        else if (language is not null)
        {
            _translations[index] = KeyValuePair.Create(key, text);
        }
    }

    /// <summary>Lists the texts by language, a plain text under the default language.</summary>
    public IEnumerable<KeyValuePair<string, string>> ByLanguage(string defaultLanguage) =>
        Plain is not null ? [KeyValuePair.Create(defaultLanguage, Plain)] : Translations;

    /// <summary>Makes a text by changing each of the words.</summary>
    public LocalText Map(Func<string?, string, string> change) =>
        Plain is not null
            ? Of(change(null, Plain))
            : new LocalText
            {
                _translations = [.. Translations.Select(t => KeyValuePair.Create(t.Key, change(t.Key, t.Value)))],
            };

    /// <inheritdoc />
    public override string ToString() => Plain ?? (Translations.Count > 0 ? Translations[0].Value : "");
}
