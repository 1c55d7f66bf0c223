using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Holds the <c>key=value</c> pairs of the parameters column.</summary>
internal sealed class Parameters
{
    private readonly Dictionary<string, string> _pairs;

    private Parameters(Dictionary<string, string> pairs) => _pairs = pairs;

    /// <summary>Finds a parameter; null when absent.</summary>
    public string? this[string key] => _pairs.GetValueOrDefault(key);

    /// <summary>Reads the column of a row; malformed text is reported and taken as no parameters.</summary>
    public static Parameters Read(TreeContext context, SurveyRow row)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        if (row.Value("parameters") is { } text && !TryParse(text, pairs))
        {
            context.Error(
                DiagnosticCode.ParametersMalformed,
                row.Number,
                "parameters",
                $"The parameters “{text}” cannot be read. Write them as key1=value1 key2=value2.");
            pairs.Clear();
        }

        return new Parameters(pairs);
    }

    /// <summary>Reports the keys that a type does not have.</summary>
    public void Allow(TreeContext context, SurveyRow row, params string[] keys)
    {
        foreach (var key in _pairs.Keys.Order(StringComparer.Ordinal))
        {
            if (!keys.Contains(key, StringComparer.Ordinal))
            {
                context.Error(
                    DiagnosticCode.ParameterUnknown,
                    row.Number,
                    "parameters",
                    $"The type “{row.Type}” has no parameter “{key}”. It has: {string.Join(", ", keys.Order(StringComparer.Ordinal))}.",
                    Spelling.Nearest(key, keys));
            }
        }
    }

    private static bool TryParse(string text, Dictionary<string, string> pairs)
    {
        var rest = text.AsSpan();
        var lastKey = ReadWord(ref rest, out _);
        while (lastKey.Length > 0)
        {
            var separator = ReadSeparator(ref rest);
            var value = ReadWord(ref rest, out var isReference);
            if (!separator.Contains('=') || separator.Count('=') != 1 || value.Length == 0)
            {
                return false;
            }

            var key = lastKey.ToString().ToLowerInvariant();
            var keepsCase = isReference || key is "label" or "value";
            pairs[key] = keepsCase ? value.ToString() : value.ToString().ToLowerInvariant();
            if (ReadSeparator(ref rest).Contains('='))
            {
                return false;
            }

            lastKey = ReadWord(ref rest, out _);
        }

        return rest.Length == 0;
    }

    private static ReadOnlySpan<char> ReadWord(ref ReadOnlySpan<char> rest, out bool isReference)
    {
        var length = 0;
        while (length < rest.Length && !IsSeparator(rest[length]))
        {
            length++;
        }

        var word = rest[..length];
        rest = rest[length..];
        isReference = word.StartsWith("${");
        return word;
    }

    private static ReadOnlySpan<char> ReadSeparator(ref ReadOnlySpan<char> rest)
    {
        var length = 0;
        while (length < rest.Length && IsSeparator(rest[length]))
        {
            length++;
        }

        var separator = rest[..length];
        rest = rest[length..];
        return separator;
    }

    private static bool IsSeparator(char c) => char.IsWhiteSpace(c) || c is '=' or ',' or ';';
}
