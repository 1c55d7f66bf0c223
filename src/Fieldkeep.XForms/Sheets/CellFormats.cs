using System.Buffers;
using System.Xml;

namespace Fieldkeep.XForms.Sheets;

/// <summary>What the number format of a cell makes of its number.</summary>
internal enum CellFormat
{
    /// <summary>A number.</summary>
    Number,

    /// <summary>A date, a time, or both.</summary>
    Date,

    /// <summary>A duration, such as <c>[h]:mm</c>.</summary>
    Duration,
}

/// <summary>Reads the styles of an .xlsx workbook as far as they tell dates from numbers.</summary>
internal static class CellFormats
{
    private static readonly SearchValues<char> TimeLetters = SearchValues.Create("hHmMsS");

    /// <summary>Gives the format of each cell style, by its index.</summary>
    public static List<CellFormat> Read(XmlReader styles)
    {
        var custom = new Dictionary<int, CellFormat>();
        var formats = new List<CellFormat>();
        var isCellFormats = false;
        while (styles.Next())
        {
            if (styles.NodeType == XmlNodeType.EndElement && styles.LocalName == "cellXfs")
            {
                isCellFormats = false;
            }
            else if (styles.NodeType == XmlNodeType.Element)
            {
                switch (styles.LocalName)
                {
                    case "numFmt" when int.TryParse(styles.GetAttribute("numFmtId"), out var id):
                        custom[id] = OfCode(styles.GetAttribute("formatCode") ?? "");
                        break;
                    case "cellXfs":
                        isCellFormats = !styles.IsEmptyElement;
                        break;
                    case "xf" when isCellFormats:
                        _ = int.TryParse(styles.GetAttribute("numFmtId"), out var format);
                        formats.Add(custom.TryGetValue(format, out var known) ? known : OfBuiltIn(format));
                        break;
                }
            }
        }

        return formats;
    }

    /// <summary>Judges a format code: a letter of dates outside quotes, brackets and escapes makes a date.</summary>
    public static CellFormat OfCode(string code)
    {
        var isDate = false;
        for (var i = 0; i < code.Length && code[i] != ';'; i++)
        {
            switch (code[i])
            {
                case '"':
                    i = IndexOrEnd(code, '"', i + 1);
                    break;
                case '[':
                    var end = IndexOrEnd(code, ']', i + 1);
                    if (end > i + 1 && !code.AsSpan((i + 1)..end).ContainsAnyExcept(TimeLetters))
                    {
                        return CellFormat.Duration;
                    }

                    i = end;
                    break;
                case '\\' or '_' or '*':
                    i++;
                    break;
                case 'd' or 'D' or 'm' or 'M' or 'h' or 'H' or 'y' or 'Y' or 's' or 'S':
                    isDate = true;
                    break;
            }
        }

        return isDate ? CellFormat.Date : CellFormat.Number;
    }

    private static CellFormat OfBuiltIn(int id) => id switch
    {
        (>= 14 and <= 22) or 45 or 47 => CellFormat.Date,
        46 => CellFormat.Duration,
        _ => CellFormat.Number,
    };

    private static int IndexOrEnd(string code, char c, int from)
    {
        var at = from <= code.Length ? code.IndexOf(c, from) : -1;
        return at < 0 ? code.Length : at;
    }
}
