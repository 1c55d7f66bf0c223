using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.XForms.Tests.Conformance;

/// <summary>Holds one example of the conformance material: an XLSForm and what it compiles to.</summary>
internal sealed record ConformanceCase(string Id, string Outcome, CompileOptions Options)
{
    /// <summary>The sheets, when the example gives them; null when it is a file.</summary>
    public Workbook? Workbook { get; init; }

    /// <summary>The file's bytes, when the example is a file.</summary>
    public byte[] File { get; init; } = [];

    /// <summary>The file's name; null when it has none.</summary>
    public string? FileName { get; init; }

    /// <summary>The expected XForm; null when the example is refused.</summary>
    public string? XForm { get; init; }

    /// <summary>The expected itemsets.csv; null when there is none.</summary>
    public string? Itemsets { get; init; }

    /// <summary>The key of the expected error; null when the example converts.</summary>
    public string? ErrorKey { get; init; }

    /// <summary>The row named by the expected error; null when it names none.</summary>
    public int? ErrorRow { get; init; }

    /// <summary>The keys of the expected warnings.</summary>
    public IReadOnlySet<string> WarningKeys { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Reads the cases of <c>cases.jsonl</c>.</summary>
    public static IEnumerable<ConformanceCase> ReadCases(string folder)
    {
        foreach (var line in System.IO.File.ReadLines(Path.Combine(folder, "cases.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var options = root.GetProperty("options");
            var read = Read(root, Text(root, "id") ?? "") with
            {
                Options = new CompileOptions(
                    Text(options, "form_name"), Text(options, "default_language"), Text(options, "fallback_form_name")),
                XForm = Text(root, "xform"),
                Itemsets = Text(root, "itemsets_csv"),
            };
            yield return Text(root, "kind") is "md" or "dict"
                ? read with
                {
                    Workbook = Text(root, "md") is { } markdown
                        ? MarkdownReader.Read(markdown)
                        : ReadSheets(root.GetProperty("sheets")),
                }
                : read with
                {
                    File = Text(root, "file") is { } file
                        ? System.IO.File.ReadAllBytes(Path.Combine(folder, file))
                        : Encoding.UTF8.GetBytes(Text(root, "text") ?? ""),
                    FileName = Text(root, "file_name"),
                };
        }
    }

    /// <summary>Reads the example workbooks of <c>files-index.jsonl</c>.</summary>
    public static IEnumerable<ConformanceCase> ReadFiles(string folder)
    {
        foreach (var line in System.IO.File.ReadLines(Path.Combine(folder, "files-index.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var file = Text(root, "file") ?? "";
            yield return Read(root, file) with
            {
                Options = new CompileOptions(FallbackFormId: Text(root, "fallback_form_name")),
                File = System.IO.File.ReadAllBytes(Path.Combine(folder, file)),
                FileName = Path.GetFileName(file),
                XForm = Text(root, "xform") is { } xform ? System.IO.File.ReadAllText(Path.Combine(folder, xform)) : null,
            };
        }
    }

    /// <summary>Finds the row that a message of the reference names; null when it names none.</summary>
    public static int? RowIn(string? message) =>
        message is not null && Regex.Match(message, @"\[row : (?<row>\d+)\]", RegexOptions.None, TimeSpan.FromSeconds(1))
            is { Success: true } match
            ? int.Parse(match.Groups["row"].Value)
            : null;

    /// <summary>Compiles the example.</summary>
    public CompiledForm Compile()
    {
        if (Workbook is not null)
        {
            return XlsFormCompiler.Compile(Workbook, Options);
        }

        using var content = new MemoryStream(File);
        return XlsFormCompiler.Compile(content, FileName, Options);
    }

    private static ConformanceCase Read(JsonElement root, string id)
    {
        var error = root.TryGetProperty("error", out var found) && found.ValueKind == JsonValueKind.Object
            ? found
            : (JsonElement?)null;
        return new ConformanceCase(id, Text(root, "outcome") ?? "", new CompileOptions())
        {
            ErrorKey = error is { } e && e.GetProperty("keys").GetArrayLength() > 0
                ? e.GetProperty("keys")[0].GetString()
                : null,
            ErrorRow = error is { } withMessage ? RowIn(Text(withMessage, "message")) : null,
            WarningKeys = root.GetProperty("warning_keys").EnumerateArray()
                .Select(key => key.GetString() ?? "")
                .ToHashSet(StringComparer.Ordinal),
        };
    }

    private static Workbook ReadSheets(JsonElement sheets) => new(sheets.EnumerateArray().Select(sheet => new Sheet(
        Text(sheet, "name") ?? "",
        sheet.GetProperty("header").EnumerateArray().Select(Cell).ToList(),
        sheet.GetProperty("rows").EnumerateArray()
            .Select((row, index) => new SheetRow(index + 2, row.EnumerateArray().Select(Cell).ToArray()))
            .ToList())).ToList());

    private static string? Cell(JsonElement cell) => cell.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => cell.GetString(),
        _ => cell.GetRawText(),
    };

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
