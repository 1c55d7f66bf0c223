using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Fieldkeep.Benchmarks;

/// <summary>Makes XLSX files that are XLSForms: groups, every kind of question, relevance, constraints, choices.</summary>
internal static class WorkbookFile
{
    private const int PerGroup = 20;

    /// <summary>Makes a workbook.</summary>
    /// <param name="questions">Questions on the sheet “survey”.</param>
    /// <param name="choices">Rows on the sheet “choices”, in lists of ten or, above 10,000, in one list.</param>
    public static byte[] Of(int questions, int choices)
    {
        var lists = choices > 10_000 ? 1 : Math.Max(1, choices / 10);
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            Write(zip, "[Content_Types].xml", """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/worksheets/sheet2.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/worksheets/sheet3.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>""");
            Write(zip, "_rels/.rels", """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>""");
            Write(zip, "xl/_rels/workbook.xml.rels", """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet3.xml"/></Relationships>""");
            Write(zip, "xl/workbook.xml", """<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="survey" sheetId="1" r:id="rId1"/><sheet name="choices" sheetId="2" r:id="rId2"/><sheet name="settings" sheetId="3" r:id="rId3"/></sheets></workbook>""");
            Write(zip, "xl/worksheets/sheet1.xml", Sheet(Survey(questions, lists)));
            Write(zip, "xl/worksheets/sheet2.xml", Sheet(Choices(choices, lists)));
            Write(zip, "xl/worksheets/sheet3.xml", Sheet([["form_title", "form_id", "version"], ["Bench", "bench", "1"]]));
        }

        return file.ToArray();
    }

    private static IEnumerable<string[]> Survey(int questions, int lists)
    {
        yield return ["type", "name", "label", "hint", "required", "relevant", "constraint", "calculation"];
        for (var index = 0; index < questions; index++)
        {
            if (index % PerGroup == 0)
            {
                yield return ["begin group", $"group_{index / PerGroup}", $"Group {index / PerGroup}"];
            }

            yield return Question(index, lists);
            if (index % PerGroup == PerGroup - 1 || index == questions - 1)
            {
                yield return ["end group"];
            }
        }
    }

    private static string[] Question(int index, int lists)
    {
        var label = $"Question number {index}";
        var earlier = index >= 5 ? $"${{q_{index - 5}}} != ''" : "";
        return (index % 5) switch
        {
            0 => ["integer", $"q_{index}", label, "A number", "yes", earlier, ". >= 0 and . < 1000"],
            1 => [$"select_one list_{index % lists}", $"q_{index}", label, "", "yes", earlier],
            2 => [$"select_multiple list_{index % lists}", $"q_{index}", label, "As many as fit", "", earlier],
            3 => ["text", $"q_{index}", $"{label}, after ${{q_{index - 3}}}", "", "", earlier],
            _ => ["calculate", $"q_{index}", "", "", "", "", "", $"${{q_{index - 4}}} * 2 + 1"],
        };
    }

    private static IEnumerable<string[]> Choices(int choices, int lists)
    {
        yield return ["list_name", "name", "label"];
        for (var index = 0; index < choices; index++)
        {
            yield return [$"list_{index % lists}", $"c_{index}", $"Choice number {index}"];
        }
    }

    private static string Sheet(IEnumerable<string[]> rows)
    {
        var xml = new StringBuilder("""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>""");
        var number = 0;
        foreach (var row in rows)
        {
            number++;
            xml.Append(CultureInfo.InvariantCulture, $"<row r=\"{number}\">");
            for (var column = 0; column < row.Length; column++)
            {
                if (row[column].Length > 0)
                {
                    var text = row[column].Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
                    xml.Append(CultureInfo.InvariantCulture, $"<c r=\"{(char)('A' + column)}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
                }
            }

            xml.Append("</row>");
        }

        return xml.Append("</sheetData></worksheet>").ToString();
    }

    private static void Write(ZipArchive zip, string name, string content)
    {
        using var entry = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
        entry.Write(Encoding.UTF8.GetBytes(content));
    }
}
