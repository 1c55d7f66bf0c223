using System.Collections.Frozen;

namespace Fieldkeep.XForms.XlsForm;

/// <summary>Knows the language codes of the IANA registry, which clients need to pick a language (section 19.4).</summary>
internal static class LanguageTags
{
    private const string ResourceName = "language-subtags.txt";

    /// <summary>Shorter names cannot hold a code in parentheses.</summary>
    private const int ShortestWithCode = 3;

    private static readonly Lazy<FrozenSet<string>> Codes = new(ReadCodes);

    /// <summary>Says whether a language such as <c>French (fr)</c> ends in a registered code.</summary>
    public static bool HasCode(string language)
    {
        var open = language.IndexOf('(', StringComparison.Ordinal);
        return language.Length < ShortestWithCode
            || (open >= 0 && language[^1] == ')' && Codes.Value.Contains(language[(open + 1)..^1]));
    }

    private static FrozenSet<string> ReadCodes()
    {
        using var stream = typeof(LanguageTags).Assembly.GetManifestResourceStream(ResourceName)
            ?? throw new InvalidOperationException($"The resource {ResourceName} is not part of the assembly.");
        using var reader = new StreamReader(stream);
        reader.ReadLine();
        return reader.ReadToEnd()
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .ToFrozenSet(StringComparer.Ordinal);
    }
}
