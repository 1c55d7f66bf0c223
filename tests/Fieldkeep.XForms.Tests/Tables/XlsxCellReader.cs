using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace Fieldkeep.XForms.Tests.Tables;

/// <summary>Reads the cells of a workbook from its XML, knowing nothing of the writer.</summary>
internal static partial class XlsxCellReader
{
    private static readonly XNamespace Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

    /// <summary>The rows of each sheet; dates come back as <c>yyyy-mm-dd</c>.</summary>
    public static Dictionary<string, List<string[]>> Read(byte[] workbook)
    {
        using var zip = new ZipArchive(new MemoryStream(workbook));
        var sheets = new Dictionary<string, List<string[]>>();
        var names = Open(zip, "xl/workbook.xml").Descendants(Main + "sheet").Select(sheet => sheet.Attribute("name")?.Value ?? "").ToList();
        foreach (var part in (string[])["[Content_Types].xml", "_rels/.rels", "xl/_rels/workbook.xml.rels", "xl/styles.xml"])
        {
            Open(zip, part);
        }

        for (var at = 0; at < names.Count; at++)
        {
            sheets.Add(names[at], RowsOf(Open(zip, $"xl/worksheets/sheet{at + 1}.xml")));
        }

        return sheets;
    }

    private static List<string[]> RowsOf(XDocument sheet)
    {
        var rows = new List<string[]>();
        var width = 0;
        foreach (var row in sheet.Descendants(Main + "row"))
        {
            Assert.Equal(rows.Count + 1, (int?)row.Attribute("r"));
            var cells = new SortedDictionary<int, string>();
            foreach (var cell in row.Elements(Main + "c"))
            {
                var address = cell.Attribute("r")?.Value ?? "";
                var letters = address.TrimEnd("0123456789".ToCharArray());
                Assert.Equal(address[letters.Length..], row.Attribute("r")?.Value);
                Assert.Null(cell.Element(Main + "f"));
                cells.Add(letters.Aggregate(0, (sum, letter) => (sum * 26) + letter - 'A' + 1) - 1, ValueOf(cell));
            }

            width = rows.Count == 0 ? cells.Keys.Last() + 1 : width;
            rows.Add([.. Enumerable.Range(0, width).Select(column => cells.GetValueOrDefault(column, ""))]);
            Assert.True(cells.Count == 0 || cells.Keys.Last() < width);
        }

        return rows;
    }

    private static string ValueOf(XElement cell)
    {
        if (cell.Attribute("t")?.Value == "inlineStr")
        {
            var text = cell.Descendants(Main + "t").Single().Value;
            Assert.True(text.Length <= 32_767);
            return Escape().Replace(text, match => ((char)Convert.ToInt32(match.Value[2..6], 16)).ToString());
        }

        var value = cell.Element(Main + "v")?.Value ?? "";
        return cell.Attribute("s")?.Value == "3"
            ? new DateOnly(1899, 12, 30).AddDays(int.Parse(value, CultureInfo.InvariantCulture)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : value;
    }

    private static XDocument Open(ZipArchive zip, string path)
    {
        using var part = (zip.GetEntry(path) ?? throw new InvalidOperationException($"{path} is missing.")).Open();
        return XDocument.Load(part, LoadOptions.PreserveWhitespace);
    }

    [GeneratedRegex("_x[0-9A-Fa-f]{4}_", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Escape();
}
