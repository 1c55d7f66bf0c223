using System.Globalization;
using System.Text;

namespace Fieldkeep.XForms.Tables;

/// <summary>Makes names SPSS accepts for variables: at most 64 bytes of letters, digits and <c>. _ $ # @</c>, a letter first.</summary>
internal static class SavNames
{
    private const int MostBytes = 64;

    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH",
    };

    /// <summary>Gives a name for each heading, each unlike the others whatever the case.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> headings)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var next = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        return [.. headings.Select(Unique)];

        string Unique(string heading)
        {
            var valid = Valid(heading);
            if (taken.Add(valid))
            {
                return valid;
            }

            for (var number = next.GetValueOrDefault(valid, 2); ; number++)
            {
                var suffix = string.Create(CultureInfo.InvariantCulture, $"_{number}");
                var name = Cut(valid, MostBytes - suffix.Length) + suffix;
                if (taken.Add(name))
                {
                    next[valid] = number + 1;
                    return name;
                }
            }
        }
    }

    private static string Valid(string heading)
    {
        var letters = string.Concat(heading.Select(letter => IsAllowed(letter) ? letter : '_')).TrimEnd('.', '_');
        var begun = letters.Length == 0 || !char.IsLetter(letters[0]) ? "v" + letters : letters;
        return Cut(Reserved.Contains(begun) ? begun + "_v" : begun, MostBytes);
    }

    private static bool IsAllowed(char letter) =>
        !char.IsSurrogate(letter) && (char.IsLetterOrDigit(letter) || char.IsAsciiDigit(letter) || letter is '.' or '_' or '$' or '#' or '@');

    private static string Cut(string name, int bytes)
    {
        while (Encoding.UTF8.GetByteCount(name) > bytes)
        {
            name = name[..^1];
        }

        return name.TrimEnd('.', '_');
    }
}
