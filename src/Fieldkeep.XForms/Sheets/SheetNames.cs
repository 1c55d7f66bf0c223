using System.Buffers;

namespace Fieldkeep.XForms.Sheets;

/// <summary>Makes names that spreadsheet programs accept for sheets.</summary>
internal static class SheetNames
{
    private static readonly SearchValues<char> Refused = SearchValues.Create("[]:*?/\\\0\u0003\uFFFE\uFFFF");

    /// <summary>Gives a valid name of at most 31 characters, unlike those taken.</summary>
    public static string Unique(string name, IReadOnlyList<string> taken)
    {
        var valid = TrimAll(string.Concat(name.Select(c => char.IsControl(c) || Refused.Contains(c) ? '_' : c)));
        valid = valid.Length == 0 || valid.Equals("History", StringComparison.OrdinalIgnoreCase) ? valid + "_" : valid;
        var unique = Shorten(valid, XlsxWriter.MaxSheetNameLength);
        for (var number = 2; taken.Contains(unique, StringComparer.OrdinalIgnoreCase); number++)
        {
            var suffix = $"~{number}";
            unique = Shorten(valid, XlsxWriter.MaxSheetNameLength - suffix.Length) + suffix;
        }

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
