using System.Buffers;
using System.Text;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.XForms.Tables;

/// <summary>Cuts texts that a format cannot hold: the beginning with a mark stays, the whole goes to a table of its own.</summary>
internal static class LongTexts
{
    /// <summary>Ends a text that was cut.</summary>
    public const string Mark = "… [cut: whole text in long-texts]";

    /// <summary>Columns of the table of whole texts.</summary>
    public static readonly IReadOnlyList<string> Headings = ["KEY", "column", "part", "text"];

    // A label can be as long as its author likes; what names it beside a text must not be cut again.
    private const int MostHeadingBytes = 1000;

    /// <summary>Names a column: its heading, or the beginning of a very long one with the letters of the column.</summary>
    public static string HeadingOf(string heading, int column) => heading.Length * 3 <= MostHeadingBytes
        ? heading
        : CutHeading(heading, column, MostHeadingBytes);

    /// <summary>Gives a heading of at most so many bytes; one that is longer ends with the letters of its column.</summary>
    public static string CutHeading(string heading, int column, int mostBytes)
    {
        var bytes = Encoding.UTF8.GetBytes(heading);
        if (bytes.Length <= mostBytes)
        {
            return heading;
        }

        var end = $"… ({CellAddress.LettersOf(column)})";
        return Encoding.UTF8.GetString(CutBytes(bytes, mostBytes - Encoding.UTF8.GetByteCount(end))) + end;
    }

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
