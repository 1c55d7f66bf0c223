using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Writes lines of the audit book as a file, part by part.</summary>
internal interface IActivityFile
{
    /// <summary>How its name ends.</summary>
    string Extension { get; }

    /// <summary>Its media type.</summary>
    string ContentType { get; }

    /// <summary>What stands before the first part.</summary>
    string Begin { get; }

    /// <summary>What stands after the last.</summary>
    string End { get; }

    /// <summary>Writes the next part.</summary>
    string Write(IReadOnlyList<ActivityItem> items);
}

/// <summary>RFC 4180, UTF-8, one line for each.</summary>
internal sealed class CsvActivityFile : IActivityFile
{
    /// <inheritdoc/>
    public string Extension => "csv";

    /// <inheritdoc/>
    public string ContentType => "text/csv; charset=utf-8";

    /// <inheritdoc/>
    public string Begin => "id,at,by_id,by,action,subject,detail,project,form,door,acting_as,support_grant\r\n";

    /// <inheritdoc/>
    public string End => "";

    /// <inheritdoc/>
    public string Write(IReadOnlyList<ActivityItem> items)
    {
        var text = new StringBuilder();
        foreach (var item in items)
        {
            text.AppendJoin(',', CellsOf(item).Select(CsvCell.Of)).Append("\r\n");
        }

        return text.ToString();
    }

    private static IEnumerable<string?> CellsOf(ActivityItem item) =>
    [
        Number(item.Id),
        item.At.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        Number(item.Actor.Id),
        item.Actor.Name,
        item.Action,
        item.Subject,
        item.Detail,
        Number(item.Project),
        item.Form,
        item.Door,
        item.ActingAs,
        Number(item.SupportGrant),
    ];

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One array of what the list gives.</summary>
internal sealed class JsonActivityFile : IActivityFile
{
    private bool _hasBegun;

    /// <inheritdoc/>
    public string Extension => "json";

    /// <inheritdoc/>
    public string ContentType => "application/json";

    /// <inheritdoc/>
    public string Begin => "[";

    /// <inheritdoc/>
    public string End => "\n]\n";

    /// <inheritdoc/>
    public string Write(IReadOnlyList<ActivityItem> items)
    {
        var text = new StringBuilder();
        foreach (var item in items)
        {
            text.Append(_hasBegun ? ",\n" : "\n").Append(JsonSerializer.Serialize(item, JsonSerializerOptions.Web));
            _hasBegun = true;
        }

        return text.ToString();
    }
}

/// <summary>Writes a cell of CSV.</summary>
internal static class CsvCell
{
    /// <summary>Gives the cell; a name may look like a formula to a spreadsheet program, and an apostrophe makes it text.</summary>
    public static string Of(string? text)
    {
        var safe = text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] ? $"'{text}" : text ?? "";
        return safe.IndexOfAny([',', '"', '\r', '\n']) >= 0 ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
