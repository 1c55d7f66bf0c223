using System.Collections.Frozen;

namespace Fieldkeep.XForms.Model;

/// <summary>Holds a label, hint or message in each language of a form.</summary>
/// <remarks>A text that is not translated stands under the empty language. References show as <c>${name}</c>.</remarks>
public sealed record FormText
{
    /// <summary>Text that says nothing in any language.</summary>
    public static readonly FormText Empty = new(FrozenDictionary<string, string>.Empty);

    /// <summary>Creates a text from its values by language.</summary>
    public FormText(IReadOnlyDictionary<string, string> byLanguage) => ByLanguage = byLanguage;

    /// <summary>Values by language name as the form spells it; <c>""</c> for text without language.</summary>
    public IReadOnlyDictionary<string, string> ByLanguage { get; }

    /// <summary>Whether there is no text in any language.</summary>
    public bool IsEmpty => ByLanguage.Count == 0;

    /// <summary>Makes a text without language; null or white space gives <see cref="Empty"/>.</summary>
    public static FormText Of(string? text) =>
        string.IsNullOrWhiteSpace(text) ? Empty : new FormText(new Dictionary<string, string>(1) { [""] = text });

    /// <summary>Finds the text in a language, else the text without language, else the first; null when empty.</summary>
    public string? Find(string? language)
    {
        if (language is not null && ByLanguage.TryGetValue(language, out var text))
        {
            return text;
        }

        return ByLanguage.TryGetValue("", out text) ? text : ByLanguage.Values.FirstOrDefault();
    }
}
