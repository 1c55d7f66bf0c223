using System.Text.Json;
using System.Text.RegularExpressions;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.XForms.Tests.Conformance;

/// <summary>Holds one line of <c>cases.jsonl</c>: a small XLSForm and what it compiles to.</summary>
internal sealed record ConformanceCase(string Id, string Outcome, Workbook Workbook, CompileOptions Options)
{
    /// <summary>The expected XForm; null when the case is refused.</summary>
    public string? XForm { get; init; }

    /// <summary>The key of the expected error; null when the case converts.</summary>
    public string? ErrorKey { get; init; }

    /// <summary>The row named by the expected error; null when it names none.</summary>
    public int? ErrorRow { get; init; }

    /// <summary>The keys of the expected warnings.</summary>
    public IReadOnlySet<string> WarningKeys { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Reads all cases whose sheets are given in the file itself.</summary>
    public static IEnumerable<ConformanceCase> ReadAll(string file)
    {
        foreach (var line in File.ReadLines(file))
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.TryGetProperty("sheets", out var sheets) && sheets.ValueKind == JsonValueKind.Array)
            {
                yield return Read(root, sheets);
            }
        }
    }

    /// <summary>Finds the row that a message of the reference names; null when it names none.</summary>
    public static int? RowIn(string? message) =>
        message is not null && Regex.Match(message, @"\[row : (?<row>\d+)\]", RegexOptions.None, TimeSpan.FromSeconds(1))
            is { Success: true } match
            ? int.Parse(match.Groups["row"].Value)
            : null;

    private static ConformanceCase Read(JsonElement root, JsonElement sheets)
    {
        var error = root.TryGetProperty("error", out var found) && found.ValueKind == JsonValueKind.Object
            ? found
            : (JsonElement?)null;
        var options = root.GetProperty("options");
        return new ConformanceCase(
            Text(root, "id") ?? "",
            Text(root, "outcome") ?? "",
            Text(root, "md") is { } markdown ? MarkdownReader.Read(markdown) : ReadSheets(sheets),
            new CompileOptions(
                Text(options, "form_name"), Text(options, "default_language"), Text(options, "fallback_form_name")))
        {
            XForm = Text(root, "xform"),
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
