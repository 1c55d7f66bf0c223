using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Fieldkeep.XForms.Instances;

/// <summary>Brings the bytes of an instance to valid UTF-8 without characters that XML forbids.</summary>
internal static class InstanceEncoding
{
    // Every C0 control but tab, line feed and carriage return (XML 1.0, production 2).
    private static readonly SearchValues<byte> Forbidden = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]);

    /// <summary>The byte order mark that UTF-8 may begin with.</summary>
    public static ReadOnlySpan<byte> Utf8Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>Finds the encoding that the declaration of a text in UTF-8 names when it is another; null when it is right.</summary>
    public static Range? FindDeclaredOther(ReadOnlySpan<byte> utf8)
    {
        var declared = Declared(utf8);
        if (declared.IsEmpty || Is(declared, "utf-8") || !utf8.Overlaps(declared, out var start))
        {
            return null;
        }

        return start..(start + declared.Length);
    }

    /// <summary>Gives the same span for UTF-8, a new array for UTF-16 and ISO-8859-1.</summary>
    /// <exception cref="InstanceException">Encoding unknown or violated, or a forbidden character.</exception>
    public static ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<byte> xml)
    {
        var utf8 = Decode(xml);
        if (!Utf8.IsValid(utf8))
        {
            throw new InstanceException(InstanceFault.BadEncoding, "The instance has bytes that are not UTF-8.");
        }

        var at = utf8.IndexOfAny(Forbidden);
        at = at >= 0 ? at : utf8.IndexOf("\uFFFE"u8);
        at = at >= 0 ? at : utf8.IndexOf("\uFFFF"u8);
        return at < 0
            ? utf8
            : throw new InstanceException(InstanceFault.NotXml, "The instance has a character that XML forbids.", at);
    }

    private static ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> xml)
    {
        switch (xml)
        {
            case [0xEF, 0xBB, 0xBF, .. var rest]:
                RequireDeclared(rest, "utf-8");
                return rest;
            case [0xFF, 0xFE, .. var rest]:
                return Transcode(Encoding.Unicode, rest);
            case [0xFE, 0xFF, .. var rest]:
                return Transcode(Encoding.BigEndianUnicode, rest);
            case [(byte)'<', 0, ..]:
                return Transcode(Encoding.Unicode, xml);
            case [0, (byte)'<', ..]:
                return Transcode(Encoding.BigEndianUnicode, xml);
            default:
                var declared = Declared(xml);
                if (Is(declared, "iso-8859-1") || Is(declared, "latin1") || Is(declared, "latin-1"))
                {
                    return Transcode(Encoding.Latin1, xml);
                }

                RequireDeclared(xml, "utf-8");
                return xml;
        }
    }

    private static byte[] Transcode(Encoding encoding, ReadOnlySpan<byte> bytes)
    {
        try
        {
            var strict = Encoding.GetEncoding(
                encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
            return Encoding.UTF8.GetBytes(strict.GetString(bytes));
        }
        catch (DecoderFallbackException)
        {
            throw new InstanceException(InstanceFault.BadEncoding, "The instance has bytes that do not fit its encoding.");
        }
    }

    private static void RequireDeclared(ReadOnlySpan<byte> xml, string encoding)
    {
        var declared = Declared(xml);
        if (!declared.IsEmpty && !Is(declared, encoding) && !Is(declared, "us-ascii"))
        {
            throw new InstanceException(
                InstanceFault.BadEncoding, "The instance must be encoded in UTF-8, UTF-16 or ISO-8859-1.");
        }
    }

    /// <summary>Finds the encoding named in the XML declaration; empty when none is.</summary>
    private static ReadOnlySpan<byte> Declared(ReadOnlySpan<byte> xml)
    {
        if (!xml.StartsWith("<?xml"u8))
        {
            return [];
        }

        var end = xml.IndexOf("?>"u8);
        var declaration = end < 0 ? [] : xml[..end];
        var at = declaration.IndexOf("encoding"u8);
        if (at < 0)
        {
            return [];
        }

        declaration = declaration[(at + 8)..].TrimStart(" \t\r\n="u8);
        if (declaration.IsEmpty)
        {
            return [];
        }

        var close = declaration[1..].IndexOf(declaration[0]);
        return close < 0 ? [] : declaration.Slice(1, close);
    }

    private static bool Is(ReadOnlySpan<byte> declared, string name) => Ascii.EqualsIgnoreCase(declared, name);
}
