using System.IO.Compression;
using System.Text;

namespace Fieldkeep.XForms.Tests.Sheets;

/// <summary>Zips the parts of an .xlsx workbook for tests.</summary>
internal static class SmallXlsx
{
    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private const string Office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    /// <summary>Makes a workbook of sheets given as the XML inside their <c>sheetData</c>.</summary>
    public static byte[] Of(params (string Name, string Rows)[] sheets) => Of("", "", sheets);

    public static byte[] Of(string shared, string styles, params (string Name, string Rows)[] sheets)
    {
        var parts = new List<(string, string)>
        {
            ("_rels/.rels", Relations($"<Relationship Id='r' Type='{Office}/officeDocument' Target='xl/workbook.xml'/>")),
            ("xl/workbook.xml", $"<workbook xmlns='{Main}' xmlns:r='{Office}'><sheets>{string.Concat(sheets.Select((sheet, i) => $"<sheet name='{sheet.Name}' sheetId='{i + 1}' r:id='s{i}'/>"))}</sheets></workbook>"),
            ("xl/_rels/workbook.xml.rels", Relations(
                string.Concat(sheets.Select((_, i) => $"<Relationship Id='s{i}' Type='{Office}/worksheet' Target='worksheets/sheet{i}.xml'/>"))
                + $"<Relationship Id='a' Type='{Office}/sharedStrings' Target='/xl/sharedStrings.xml'/><Relationship Id='b' Type='{Office}/styles' Target='styles.xml'/>")),
            ("xl/sharedStrings.xml", $"<sst xmlns='{Main}'>{shared}</sst>"),
            ("xl/styles.xml", $"<styleSheet xmlns='{Main}'>{styles}</styleSheet>"),
        };
        parts.AddRange(sheets.Select((sheet, i) => ($"xl/worksheets/sheet{i}.xml", $"<worksheet xmlns='{Main}'><sheetData>{sheet.Rows}</sheetData></worksheet>")));
        return Zip([.. parts]);
    }

    public static byte[] Zip(params (string Name, string Text)[] parts)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in parts)
            {
                using var part = zip.CreateEntry(name).Open();
                part.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Writes one row of inline texts; null leaves the cell out.</summary>
    public static string Row(int number, params string?[] cells) =>
        $"<row r='{number}'>{string.Concat(cells.Select((cell, i) => cell is null ? "" : $"<c r='{(char)('A' + i)}{number}' t='inlineStr'><is><t xml:space='preserve'>{cell}</t></is></c>"))}</row>";

    private static string Relations(string inner) =>
        $"<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>{inner}</Relationships>";
}
