using System.Buffers;
using System.Globalization;

namespace Fieldkeep.XForms.Tables;

/// <summary>Writes UTF-8 text into XML. What XML cannot hold becomes U+FFFD, or in workbooks their own escape.</summary>
internal static class XmlText
{
    // 0xEF begins U+FFFE and U+FFFF, which XML refuses.
    private static readonly SearchValues<byte> Special = SearchValues.Create(
        [.. "&<>\"_\r"u8, 0xEF, .. Enumerable.Range(0, 0x20).Where(code => code is not ('\t' or '\n' or '\r')).Select(code => (byte)code)]);

    /// <summary>Writes text with <c>&amp;</c>, angle brackets and quotes escaped.</summary>
    /// <param name="isWorkbook">Whether <c>_xHHHH_</c> stands for characters that XML cannot hold (ECMA-376 part 1, 22.9.2.19).</param>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> text, bool isWorkbook)
    {
        while (text.IndexOfAny(Special) is >= 0 and var at)
        {
            output.Write(text[..at]);
            text = text[(at + Escape(output, text[at..], isWorkbook))..];
        }

        output.Write(text);
    }

    private static int Escape(IBufferWriter<byte> output, ReadOnlySpan<byte> text, bool isWorkbook)
    {
        switch (text[0])
        {
            case (byte)'&':
                output.Write("&amp;"u8);
                return 1;
            case (byte)'<':
                output.Write("&lt;"u8);
                return 1;
            case (byte)'>':
                output.Write("&gt;"u8);
                return 1;
            case (byte)'"':
                output.Write("&quot;"u8);
                return 1;
            case (byte)'_' when !isWorkbook || !IsEscape(text):
                output.Write("_"u8);
                return 1;
            case (byte)'\r' when !isWorkbook:
                output.Write("&#13;"u8);
                return 1;
            case 0xEF when text is [_, 0xBF, 0xBE or 0xBF, ..]:
                output.Write("\uFFFD"u8);
                return 3;
            case 0xEF:
                output.Write(text[..1]);
                return 1;
            case var other when isWorkbook:
                WriteEscape(output, other);
                return 1;
            default:
                output.Write("\uFFFD"u8);
                return 1;
        }
    }

    private static bool IsEscape(ReadOnlySpan<byte> text) =>
        text is [_, (byte)'x', var a, var b, var c, var d, (byte)'_', ..]
        && char.IsAsciiHexDigit((char)a) && char.IsAsciiHexDigit((char)b) && char.IsAsciiHexDigit((char)c) && char.IsAsciiHexDigit((char)d);

    private static void WriteEscape(IBufferWriter<byte> output, byte code)
    {
        var into = output.GetSpan(7);
        "_x"u8.CopyTo(into);
        code.TryFormat(into[2..], out _, "X4", CultureInfo.InvariantCulture);
        into[6] = (byte)'_';
        output.Advance(7);
    }
}
