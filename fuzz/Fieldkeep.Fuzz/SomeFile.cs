using System.Globalization;
using System.IO.Compression;
using System.Text;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.Fuzz;

/// <summary>Writes workbooks as files of each format, and bends the bytes.</summary>
internal static class SomeFile
{
    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private const string Office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    private static readonly int[] BombSizes = [100_000, 1_000_000, 10_000_000, 10_000_000, 100_000_000];

    private static readonly string[] BadXml =
    [
        "<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;&b;&b;&b;&b;'>]>", "<row r='1048577'/>", "<row r='-1'><c r='XFD1'><v>1</v></c></row>", "<row r='99999999999'/>", "<c r='ZZZZZZ1'/>",
        "<c t='s'><v>999999</v></c>", "<c t='s'><v>-1</v></c>", "<c t='b'><v>7</v></c>", "<c t='d'><v>x</v></c>", "<c t='e'><v>#REF!</v></c>", "<c s='99'><v>1e400</v></c>", "<mergeCell ref='A1:XFD1048576'/>",
        "<is><r><t>a</t></r><rPh><t>b</t></rPh></is>", "&#0;", "&x;", "]]>", "</sheetData>", "<", "<a><a><a><a>", "<row><row><c><c>",
    ];

    /// <summary>Writes the workbook as Markdown tables.</summary>
    public static byte[] Markdown(Workbook workbook) => Text(workbook, "| ", " | ", " |", cell => cell);

    /// <summary>Writes the workbook as CSV with the sheet's name in the first column.</summary>
    public static byte[] Csv(Workbook workbook) => Text(workbook, "", ",", "", cell => $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");

    /// <summary>Writes the workbook as .xlsx; now and then with parts no spreadsheet program writes.</summary>
    public static byte[] Xlsx(Workbook workbook, Dice dice)
    {
        var sheets = workbook.Sheets;
        var relations = string.Concat(sheets.Select((_, i) => $"<Relationship Id='s{i}' Type='{Office}/worksheet' Target='worksheets/sheet{i}.xml'/>"));
        var list = string.Concat(sheets.Select((sheet, i) => $"<sheet name='{Escape(sheet.Name)}' sheetId='{i + 1}' r:id='s{i}'/>"));
        var parts = new List<(string Name, string Text)>
        {
            ("_rels/.rels", Relations($"<Relationship Id='r' Type='{Office}/officeDocument' Target='xl/workbook.xml'/>")),
            ("xl/workbook.xml", $"<workbook xmlns='{Main}' xmlns:r='{Office}'><sheets>{list}</sheets></workbook>"),
            ("xl/_rels/workbook.xml.rels", Relations(relations + $"<Relationship Id='a' Type='{Office}/sharedStrings' Target='/xl/sharedStrings.xml'/><Relationship Id='b' Type='{Office}/styles' Target='styles.xml'/>")),
            ("xl/sharedStrings.xml", $"<sst xmlns='{Main}'><si><t>text</t></si></sst>"),
            ("xl/styles.xml", $"<styleSheet xmlns='{Main}'><numFmts><numFmt numFmtId='164' formatCode='yyyy\\-mm'/></numFmts><cellXfs><xf numFmtId='0'/><xf numFmtId='164'/></cellXfs></styleSheet>"),
        };
        parts.AddRange(sheets.Select((sheet, i) => ($"xl/worksheets/sheet{i}.xml", $"<worksheet xmlns='{Main}'><sheetData>{Rows(sheet)}</sheetData></worksheet>")));
        if (dice.Once(4))
        {
            var at = dice.Next(parts.Count);
            if (dice.Once(200))
            {
                return Zip(parts, at, dice);
            }

            parts[at] = (parts[at].Name, Bend(parts[at].Text, dice));
        }

        return Zip(parts, -1, dice);
    }

    /// <summary>Changes some bytes: flips, cuts, doubles, leaves out.</summary>
    public static byte[] Bend(byte[] bytes, Dice dice)
    {
        var bent = bytes.ToList();
        for (var changes = 1 + dice.Next(6); changes > 0 && bent.Count > 0; changes--)
        {
            var at = dice.Next(bent.Count);
            var length = Math.Min(1 + dice.Next(dice.Once(3) ? 2_000 : 8), bent.Count - at);
            switch (dice.Next(7))
            {
                case 0:
                    bent[at] ^= (byte)(1 << dice.Next(8));
                    break;
                case 1:
                    bent[at] = (byte)dice.Next(256);
                    break;
                case 2:
                    bent.RemoveRange(at, length);
                    break;
                case 3:
                    bent.InsertRange(at, bent.GetRange(at, length));
                    break;
                case 4:
                    bent.InsertRange(at, Encoding.UTF8.GetBytes(dice.Of(SomeWords.Odd)));
                    break;
                case 5 when dice.Once(3):
                    bent.RemoveRange(at, bent.Count - at);
                    break;
                default:
                    bent[at] = (byte)(dice.Once(2) ? 0xFF : 0);
                    break;
            }
        }

        return [.. bent];
    }

    private static string Bend(string xml, Dice dice)
    {
        var at = dice.Next(xml.Length);
        var tag = xml.IndexOf('>', at) + 1;
        return dice.Next(3) switch
        {
            0 => xml[..at],
            1 => xml[..at] + dice.Of(BadXml) + xml[at..],
            _ => xml[..tag] + dice.Of(BadXml) + xml[tag..],
        };
    }

    /// <summary>Writes much of the same into a part, which deflates to little: text, cells, rows, or elements in elements.</summary>
    private static void WriteBomb(Stream part, string xml, Dice dice)
    {
        var piece = dice.Next(5) switch
        {
            0 => "<c><v>1</v></c>",
            1 => $"<row><c t='inlineStr'><is><t>{dice.Next(1000)}</t></is></c></row>",
            2 => "<a>",
            3 => "<si><t>x</t></si>",
            _ => "x",
        };
        var at = xml.LastIndexOf("</", StringComparison.Ordinal);
        at = at > 0 ? Math.Max(xml.LastIndexOf("</", at - 1, StringComparison.Ordinal), 0) : 0;
        part.Write(Encoding.UTF8.GetBytes(xml[..at]));
        for (var written = dice.Of(BombSizes); written > 0;)
        {
            // A little noise keeps the ratio below the limit.
            var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, 50)) + $"<!--{dice.Next(1_000_000_000)}{dice.Next(1_000_000_000)}-->");
            part.Write(bytes);
            written -= bytes.Length;
        }

        part.Write(Encoding.UTF8.GetBytes(xml[at..]));
    }

    private static string Rows(Sheet sheet)
    {
        var rows = new StringBuilder();
        AddRow(1, sheet.Header);
        foreach (var row in sheet.Rows)
        {
            AddRow(row.Number, row.Cells);
        }

        return rows.ToString();

        void AddRow(int number, IReadOnlyList<string?> cells)
        {
            rows.Append(CultureInfo.InvariantCulture, $"<row r='{number}'>");
            for (var i = 0; i < cells.Count; i++)
            {
                if (cells[i] is { } cell)
                {
                    rows.Append(CultureInfo.InvariantCulture, $"<c r='{Column(i)}{number}' t='inlineStr'><is><t xml:space='preserve'>{Escape(cell)}</t></is></c>");
                }
            }

            rows.Append("</row>");
        }
    }

    private static string Column(int index) => index < 26 ? $"{(char)('A' + index)}" : $"{Column((index / 26) - 1)}{(char)('A' + (index % 26))}";

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace("'", "&apos;", StringComparison.Ordinal);

    private static string Relations(string inner) => $"<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>{inner}</Relationships>";

    private static byte[] Text(Workbook workbook, string begin, string between, string end, Func<string, string> write)
    {
        var text = new StringBuilder();
        foreach (var sheet in workbook.Sheets)
        {
            Line([sheet.Name]);
            Line([null, .. sheet.Header]);
            foreach (var row in sheet.Rows)
            {
                Line([null, .. row.Cells]);
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());

        void Line(IEnumerable<string?> cells) =>
            text.Append(begin).AppendJoin(between, cells.Select(cell => cell is null ? "" : write(cell))).Append(end).Append('\n');
    }

    /// <summary>Zips the parts; the one numbered <paramref name="bomb"/> swells while it is written.</summary>
    private static byte[] Zip(List<(string Name, string Text)> parts, int bomb, Dice dice)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var i = 0; i < parts.Count; i++)
            {
                using var part = zip.CreateEntry(parts[i].Name, CompressionLevel.Fastest).Open();
                if (i == bomb)
                {
                    WriteBomb(part, parts[i].Text, dice);
                }
                else
                {
                    part.Write(Encoding.UTF8.GetBytes(parts[i].Text));
                }
            }
        }

        return bytes.ToArray();
    }
}
