using System.Buffers;

namespace Fieldkeep.XForms.Sheets;

/// <summary>Makes names that spreadsheet programs accept for the sheets of one workbook.</summary>
internal sealed class SheetNames
{
    private static readonly SearchValues<char> Refused = SearchValues.Create("[]:*?/\\\0\u0003\uFFFE\uFFFF");

    private readonly List<string> _all = [];
    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    // Where to go on counting: a workbook may have thousands of sheets that begin alike.
    private readonly Dictionary<string, int> _next = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names given so far.</summary>
    public IReadOnlyList<string> All => _all;

    /// <summary>Gives a valid name of at most 31 characters, unlike those before.</summary>
    public string Add(string name)
    {
        var valid = TrimAll(string.Concat(name.Select(c => char.IsControl(c) || Refused.Contains(c) ? '_' : c)));
        valid = valid.Length == 0 || valid.Equals("History", StringComparison.OrdinalIgnoreCase) ? valid + "_" : valid;
        var plain = Shorten(valid, XlsxWriter.MaxSheetNameLength);
        var unique = plain;
        for (var number = _next.GetValueOrDefault(plain, 2); !_taken.Add(unique); number++)
        {
            var suffix = $"~{number}";
            unique = Shorten(valid, XlsxWriter.MaxSheetNameLength - suffix.Length) + suffix;
            _next[plain] = number + 1;
        }

        _all.Add(unique);
        return unique;
    }

    /// <summary>Cuts a name; what is left may not end as no name may.</summary>
    private static string Shorten(string name, int length) =>
        name.Length <= length ? name : TrimAll(name[..(char.IsHighSurrogate(name[length - 1]) ? length - 1 : length)]);

    /// <summary>Removes spaces and quotes around a name: Excel refuses a quote at either end.</summary>
    private static string TrimAll(string name)
    {
        var (start, end) = (0, name.Length);
        while (start < end && IsTrimmed(name[start]))
        {
            start++;
        }

        while (end > start && IsTrimmed(name[end - 1]))
        {
            end--;
        }

        return name[start..end];
    }

    private static bool IsTrimmed(char c) => char.IsWhiteSpace(c) || c == '\'';
}
