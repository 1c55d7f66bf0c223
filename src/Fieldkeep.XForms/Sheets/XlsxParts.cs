using System.Globalization;
using System.Security;
using System.Text;

namespace Fieldkeep.XForms.Sheets;

/// <summary>Holds the parts of a workbook that are not sheets (ECMA-376): few, small, and the same every time.</summary>
internal static class XlsxParts
{
    /// <summary>Index of the style of a header: bold text.</summary>
    public const int HeaderStyle = 1;

    /// <summary>Index of the style of text: format 49, “@”, so that nothing typed or stored becomes a number or a date.</summary>
    public const int TextStyle = 2;

    /// <summary>Index of the style of dates, <c>yyyy-mm-dd</c>.</summary>
    public const int DateStyle = 3;

    /// <summary>The relation from the package to the workbook.</summary>
    public const string PackageRelations =
        Declaration + "<Relationships xmlns=\"" + Relations + "\"><Relationship Id=\"rId1\" Type=\"" + Office
        + "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";

    /// <summary>The four styles: numbers, headers, text, dates.</summary>
    public const string Styles =
        Declaration + "<styleSheet xmlns=\"" + Main + "\">"
        + "<numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy-mm-dd\"/></numFmts>"
        + "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>"
        + "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>"
        + "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
        + "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>"
        + "<cellXfs count=\"4\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
        + "<xf numFmtId=\"49\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\"/>"
        + "<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>"
        + "<xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/></cellXfs>"
        + "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>";

    /// <summary>What a sheet starts with; its columns and rows follow.</summary>
    public const string SheetStart =
        Declaration + "<worksheet xmlns=\"" + Main + "\"><sheetViews><sheetView workbookViewId=\"0\">"
        + "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews>";

    private const string Declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private const string Office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    private const string Relations = "http://schemas.openxmlformats.org/package/2006/relationships";
    private const string Types = "application/vnd.openxmlformats-officedocument.spreadsheetml.";

    /// <summary>Lists the content types of all parts.</summary>
    public static string ContentTypes(int sheets)
    {
        var xml = new StringBuilder(Declaration)
            .Append("<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">")
            .Append("<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>")
            .Append("<Default Extension=\"xml\" ContentType=\"application/xml\"/>");
        AppendType("/xl/workbook.xml", "sheet.main+xml");
        AppendType("/xl/styles.xml", "styles+xml");
        for (var i = 1; i <= sheets; i++)
        {
            AppendType("/" + SheetPath(i), "worksheet+xml");
        }

        return xml.Append("</Types>").ToString();

        void AppendType(string part, string type) =>
            xml.Append("<Override PartName=\"").Append(part).Append("\" ContentType=\"").Append(Types).Append(type).Append("\"/>");
    }

    /// <summary>Lists the sheets by name.</summary>
    public static string Workbook(IReadOnlyList<string> sheets)
    {
        var xml = new StringBuilder(Declaration)
            .Append("<workbook xmlns=\"").Append(Main).Append("\" xmlns:r=\"").Append(Office).Append("\"><sheets>");
        for (var i = 0; i < sheets.Count; i++)
        {
            xml.Append(
                CultureInfo.InvariantCulture,
                $"<sheet name=\"{SecurityElement.Escape(sheets[i])}\" sheetId=\"{i + 1}\" r:id=\"rId{i + 1}\"/>");
        }

        return xml.Append("</sheets></workbook>").ToString();
    }

    /// <summary>Lists where the workbook's sheets and styles are.</summary>
    public static string WorkbookRelations(int sheets)
    {
        var xml = new StringBuilder(Declaration).Append("<Relationships xmlns=\"").Append(Relations).Append("\">");
        for (var i = 1; i <= sheets; i++)
        {
            xml.Append(
                CultureInfo.InvariantCulture,
                $"<Relationship Id=\"rId{i}\" Type=\"{Office}/worksheet\" Target=\"worksheets/sheet{i}.xml\"/>");
        }

        return xml
            .Append(CultureInfo.InvariantCulture, $"<Relationship Id=\"rId{sheets + 1}\" Type=\"{Office}/styles\" Target=\"styles.xml\"/>")
            .Append("</Relationships>")
            .ToString();
    }

    /// <summary>Gives the path of a sheet's part, counted from 1.</summary>
    public static string SheetPath(int number) => string.Create(CultureInfo.InvariantCulture, $"xl/worksheets/sheet{number}.xml");
}
