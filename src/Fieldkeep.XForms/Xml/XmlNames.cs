using System.Text;
using System.Xml;

namespace Fieldkeep.XForms.Xml;

/// <summary>
/// Says which texts are XML names, and so may name a question, a list column or an attribute.
/// </summary>
internal static class XmlNames
{
    /// <summary>Says whether a text is a name with at most one <c>prefix:</c>.</summary>
    public static bool IsName(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        return colon < 0 ? IsNcName(text) : IsNcName(text[..colon]) && IsNcName(text[(colon + 1)..]);
    }

    /// <summary>
    /// Says whether a text is a name without a prefix, in the fourth edition of XML 1.0 as well as in the fifth: readers of the
    /// fourth (.NET's, expat) refuse a document with a letter that only the fifth allows in names, such as <c>ﬁ</c> or <c>ሀ</c>.
    /// </summary>
    public static bool IsNcName(ReadOnlySpan<char> text) =>
        text.Length > 0 && NcNameLength(text) == text.Length && (Ascii.IsValid(text) || IsOldNcName(text));

    /// <summary>Makes the nearest name of a text that is none: <c>2nd name</c> becomes <c>_2nd_name</c>; null when nothing of it can stay.</summary>
    public static string? NearestNcName(string text)
    {
        var name = new StringBuilder(text.Length + 1);
        foreach (var c in text.AsSpan().Trim())
        {
            if (IsPart(c))
            {
                name.Append(name.Length > 0 || IsStart(c) ? "" : "_").Append(c);
            }
            else if (name.Length > 0 && name[^1] != '_')
            {
                name.Append('_');
            }
        }

        var nearest = name.ToString().TrimEnd('_');
        return IsNcName(nearest) && nearest != text ? nearest : null;
    }

    /// <summary>Measures the name at the start of a text; 0 when there is none.</summary>
    public static int NcNameLength(ReadOnlySpan<char> text)
    {
        if (text.Length == 0 || !IsStart(text[0]))
        {
            return 0;
        }

        var length = 1;
        while (length < text.Length && IsPart(text[length]))
        {
            length++;
        }

        return length;
    }

    /// <summary>Finds the first character that XML 1.0 cannot hold; -1 when there is none.</summary>
    public static int IndexOfIllegalCharacter(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is >= ' ' and < '\uD800' or '\t' or '\n' or '\r' or (> '\uDFFF' and < '\uFFFE'))
            {
                continue;
            }

            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
                continue;
            }

            return i;
        }

        return -1;
    }

    private static bool IsOldNcName(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!XmlConvert.IsNCNameChar(c))
            {
                return false;
            }
        }

        return XmlConvert.IsStartNCNameChar(text[0]);
    }

    private static bool IsStart(char c) => c switch
    {
        < '\u0080' => c is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or '_',
        >= '\u00C0' and <= '\u02FF' => c is not ('\u00D7' or '\u00F7'),
        >= '\u0370' and <= '\u1FFF' => c != '\u037E',
        '\u200C' or '\u200D' => true,
        >= '\u2070' and <= '\u218F' => true,
        >= '\u2C00' and <= '\u2FEF' => true,
        >= '\u3001' and <= '\uDFFF' => true,
        >= '\uF900' and <= '\uFDCF' => true,
        >= '\uFDF0' and <= '\uFFFD' => true,
        _ => false,
    };

    private static bool IsPart(char c) =>
        IsStart(c)
        || c is '-' or '.' or (>= '0' and <= '9') or '\u00B7'
            or (>= '\u0300' and <= '\u036F') or '\u203F' or '\u2040';
}
