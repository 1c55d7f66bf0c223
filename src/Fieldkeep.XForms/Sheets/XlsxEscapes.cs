using System.Globalization;

namespace Fieldkeep.XForms.Sheets;

/// <summary>
/// Knows the <c>_xHHHH_</c> of spreadsheet texts (ECMA-376 part 1, 22.9.2.19): a character that XML cannot hold, or an
/// underscore that would otherwise start such an escape.
/// </summary>
internal static class XlsxEscapes
{
    /// <summary>Length of an escape.</summary>
    public const int Length = 7;

    /// <summary>Says whether a text begins with an escape.</summary>
    public static bool StartsWith(ReadOnlySpan<char> text) =>
        text.Length >= Length && text[0] == '_' && text[1] == 'x' && text[6] == '_'
        && char.IsAsciiHexDigit(text[2]) && char.IsAsciiHexDigit(text[3])
        && char.IsAsciiHexDigit(text[4]) && char.IsAsciiHexDigit(text[5]);

    /// <summary>Replaces every escape by its character.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains("_x", StringComparison.Ordinal))
        {
            return text;
        }

        var decoded = new System.Text.StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var rest = text.AsSpan(i);
            if (StartsWith(rest))
            {
                decoded.Append((char)ushort.Parse(rest[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += Length - 1;
            }
            else
            {
                decoded.Append(text[i]);
            }
        }

        return decoded.ToString();
    }
}
