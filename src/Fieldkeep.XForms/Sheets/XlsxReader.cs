using System.Globalization;
using System.Text;
using System.Xml;
using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.Sheets;

/// <summary>Reads .xlsx and .xlsm workbooks as a stream of cells.</summary>
internal sealed class XlsxReader(DiagnosticList diagnostics)
{
    private readonly string?[] _row = new string?[WorkbookLimits.MaxColumns];
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _joined = new();
    private List<string> _shared = [];
    private List<CellFormat> _formats = [];
    private bool _is1904;
    private int _cells;

    /// <summary>Makes the refusal of a workbook beyond <see cref="WorkbookLimits"/>.</summary>
    public static WorkbookException TooLarge() => new(
        DiagnosticCode.InputTooLarge,
        "The workbook is too large once unpacked. Remove unused rows and columns, or move long lists into attached CSV files.");

    /// <summary>Reads all sheets; of a sheet that no XLSForm has only the name.</summary>
    /// <exception cref="WorkbookException">No workbook, or beyond the limits.</exception>
    public Workbook Read(Stream content)
    {
        using var package = new XlsxPackage(content);
        var main = package.ListRelations("").Find(relation => IsOf(relation.Type, "officeDocument")).Target ?? "xl/workbook.xml";
        var relations = package.ListRelations(main);
        var names = ListSheets(package, main);
        _shared = ReadShared(package, relations.Find(relation => IsOf(relation.Type, "sharedStrings")).Target);
        using (var styles = package.Open(relations.Find(relation => IsOf(relation.Type, "styles")).Target ?? ""))
        {
            _formats = styles is null ? [] : CellFormats.Read(styles);
        }

        var sheets = new List<Sheet>();
        foreach (var (name, id) in names)
        {
            var relation = relations.Find(candidate => candidate.Id == id);
            if (relation.Target is null || !IsOf(relation.Type, "worksheet"))
            {
                continue;
            }

            sheets.Add(KnownSheets.Contains(name, names.Count)
                ? ReadSheet(package, name, relation.Target)
                : new Sheet(name, [], []));
        }

        return new Workbook(sheets);
    }

    private List<(string Name, string Id)> ListSheets(XlsxPackage package, string main)
    {
        using var workbook = package.Open(main) ?? throw new WorkbookException(
            DiagnosticCode.InputUnrecognised,
            "The file is a zip archive but no workbook. Upload the .xlsx file itself.");
        var names = new List<(string, string)>();
        while (workbook.Next())
        {
            if (workbook.NodeType != XmlNodeType.Element)
            {
                continue;
            }

            if (workbook.LocalName == "workbookPr")
            {
                _is1904 = workbook.GetAttribute("date1904") is "1" or "true";
            }
            else if (workbook.LocalName == "sheet")
            {
                var name = workbook.GetAttribute("name") ?? "";
                var id = "";
                while (workbook.MoveToNextAttribute())
                {
                    id = workbook.LocalName == "id" && workbook.Prefix.Length > 0 ? workbook.Value : id;
                }

                names.Add((name, id));
            }
        }

        return names;
    }

    private List<string> ReadShared(XlsxPackage package, string? part)
    {
        var shared = new List<string>();
        using var xml = part is null ? null : package.Open(part);
        long characters = 0;
        while (xml?.Next() == true)
        {
            if (xml.NodeType == XmlNodeType.Element && xml.LocalName == "si")
            {
                var text = ReadRichText(xml);
                characters += text.Length;
                if (characters > WorkbookLimits.MaxSharedCharacters || shared.Count > WorkbookLimits.MaxCells)
                {
                    throw TooLarge();
                }

                shared.Add(text);
            }
        }

        return shared;
    }

    private Sheet ReadSheet(XlsxPackage package, string name, string part)
    {
        var sheet = new SheetBuilder(name, diagnostics);
        using var xml = package.Open(part) ?? throw new WorkbookException(
            DiagnosticCode.InputUnrecognised, $"The sheet “{name}” is missing in the file. Save it again with a spreadsheet program.");
        var number = 0;
        while (xml.Next())
        {
            if (xml.NodeType == XmlNodeType.EndElement && xml.LocalName == "sheetData")
            {
                break;
            }

            if (xml.NodeType != XmlNodeType.Element || xml.LocalName != "row")
            {
                continue;
            }

            number = int.TryParse(xml.GetAttribute("r"), CultureInfo.InvariantCulture, out var given) && given > number
                ? given
                : number + 1;
            if (number > WorkbookLimits.MaxRows)
            {
                throw TooLarge();
            }

            var length = xml.IsEmptyElement ? 0 : ReadRow(xml, sheet.Columns);
            var goesOn = sheet.Add(number, _row.AsSpan(0, length));
            _row.AsSpan(0, length).Clear();
            if (_cells + sheet.CellCount > WorkbookLimits.MaxCells)
            {
                throw TooLarge();
            }

            if (!goesOn)
            {
                break;
            }
        }

        _cells += sheet.CellCount;
        return sheet.Build();
    }

    /// <summary>Reads the cells of a row into the row buffer; gives how many places of it are in use.</summary>
    private int ReadRow(XmlReader xml, int columns)
    {
        var length = 0;
        var next = 0;
        var beyond = 0;
        var depth = xml.Depth;
        while (xml.Next() && xml.Depth > depth)
        {
            if (xml.NodeType != XmlNodeType.Element || xml.LocalName != "c")
            {
                continue;
            }

            var column = xml.GetAttribute("r") is { } place ? ColumnOf(place, next) : next;
            next = column + 1;
            if (next > WorkbookLimits.MaxColumns + 1 && ++beyond > WorkbookLimits.MaxColumns)
            {
                throw TooLarge();
            }

            var isKept = column < columns;
            var value = xml.IsEmptyElement ? null : ReadCell(xml, isKept);
            if (isKept && value is not null)
            {
                _row[column] = value;
                length = Math.Max(length, column + 1);
            }
        }

        return length;
    }

    private string? ReadCell(XmlReader xml, bool isKept)
    {
        var type = xml.GetAttribute("t");
        var style = xml.GetAttribute("s");
        var depth = xml.Depth;
        string? value = null;
        while (xml.Next() && xml.Depth > depth)
        {
            if (xml.NodeType != XmlNodeType.Element || !isKept)
            {
                continue;
            }

            if (xml.LocalName == "v")
            {
                value = ReadText(xml);
            }
            else if (xml.LocalName == "is")
            {
                return Finish(xml, depth, ReadRichText(xml));
            }
        }

        return value is null ? null : ValueOf(value, type, style);
    }

    private static string Finish(XmlReader xml, int depth, string text)
    {
        while (xml.Depth > depth && xml.Next())
        {
        }

        return text;
    }

    private string? ValueOf(string value, string? type, string? style)
    {
        switch (type)
        {
            case "s":
                return int.TryParse(value, CultureInfo.InvariantCulture, out var index) && index >= 0 && index < _shared.Count
                    ? _shared[index]
                    : null;
            case "b":
                return value.Trim() is "1" or "true" ? "TRUE" : "FALSE";
            case "str" or "inlineStr" or "e":
                return XlsxEscapes.Decode(value);
            case "d":
                return DateTime.TryParse(value, CultureInfo.InvariantCulture, out var date) ? CellNumbers.WriteDate(date) : value;
        }

        var format = int.TryParse(style, CultureInfo.InvariantCulture, out var at) && at >= 0 && at < _formats.Count
            ? _formats[at]
            : CellFormat.Number;
        if (format == CellFormat.Number)
        {
            return CellNumbers.Write(value) ?? value;
        }

        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var serial))
        {
            return value;
        }

        return format == CellFormat.Duration && Math.Abs(serial) < 1_000_000
            ? CellNumbers.WriteTime(TimeSpan.FromMilliseconds(Math.Round(serial * 86_400_000)))
            : CellNumbers.WriteDate(serial, _is1904);
    }

    private string ReadText(XmlReader xml)
    {
        if (xml.IsEmptyElement)
        {
            return "";
        }

        var depth = xml.Depth;
        string? only = null;
        _text.Clear();
        while (xml.Next() && xml.Depth > depth)
        {
            if (xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace)
            {
                if (only is null && _text.Length == 0)
                {
                    only = xml.Value;
                    continue;
                }

                _text.Append(_text.Length == 0 ? only : "").Append(xml.Value);
            }
        }

        return _text.Length > 0 ? _text.ToString() : only ?? "";
    }

    /// <summary>Joins the runs of a text, without the reading aids of Japanese (<c>rPh</c>).</summary>
    private string ReadRichText(XmlReader xml)
    {
        if (xml.IsEmptyElement)
        {
            return "";
        }

        var depth = xml.Depth;
        _joined.Clear();
        var aid = int.MaxValue;
        while (xml.Next() && xml.Depth > depth)
        {
            if (xml.Depth <= aid)
            {
                aid = xml.NodeType == XmlNodeType.Element && xml.LocalName == "rPh" ? xml.Depth : int.MaxValue;
            }

            if (xml.NodeType == XmlNodeType.Element && xml.LocalName == "t" && aid == int.MaxValue)
            {
                _joined.Append(XlsxEscapes.Decode(ReadText(xml)));
                if (_joined.Length > WorkbookLimits.MaxSharedCharacters / 64)
                {
                    throw TooLarge();
                }
            }
        }

        return _joined.ToString();
    }

    private static int ColumnOf(string place, int next)
    {
        var column = 0;
        foreach (var letter in place)
        {
            if (letter is < 'A' or > 'Z')
            {
                break;
            }

            column = (column * 26) + letter - 'A' + 1;
            if (column > WorkbookLimits.MaxColumns)
            {
                return WorkbookLimits.MaxColumns;
            }
        }

        return column == 0 ? next : column - 1;
    }

    private static bool IsOf(string? type, string kind) => type?.EndsWith("/" + kind, StringComparison.Ordinal) == true;
}
