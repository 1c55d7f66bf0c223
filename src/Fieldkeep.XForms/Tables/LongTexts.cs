using System.Buffers;
using System.Text;

namespace Fieldkeep.XForms.Tables;

/// <summary>Cuts texts that a format cannot hold: the beginning with a mark stays, the whole goes to a table of its own.</summary>
internal static class LongTexts
{
    /// <summary>Ends a text that was cut.</summary>
    public const string Mark = "… [cut: whole text in long-texts]";

    /// <summary>Columns of the table of whole texts.</summary>
    public static readonly IReadOnlyList<string> Headings = ["KEY", "column", "part", "text"];

    /// <summary>Counts UTF-16 characters of UTF-8.</summary>
    public static int CountCharacters(ReadOnlySpan<byte> text) => Encoding.UTF8.GetCharCount(text);

    /// <summary>Gives the longest beginning of at most so many bytes that does not end inside a character.</summary>
    public static ReadOnlySpan<byte> CutBytes(ReadOnlySpan<byte> text, int most)
    {
        if (text.Length <= most)
        {
            return text;
        }

        while (most > 0 && (text[most] & 0xC0) == 0x80)
        {
            most--;
        }

        return text[..most];
    }

    /// <summary>Writes the whole text as lines of CSV, one for each part.</summary>
    public static void WriteCsv(ReadOnlySpan<byte> key, string column, ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        var csv = new CsvWriter(output);
        csv.Write(key);
        csv.Write(column);
        csv.Write(1L);
        csv.Write(text);
        csv.EndRow();
    }
}
