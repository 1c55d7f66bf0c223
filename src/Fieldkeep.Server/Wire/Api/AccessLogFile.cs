using System.Globalization;
using System.Text;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Writes an access log as CSV: RFC 4180, UTF-8, one line for each.</summary>
internal static class AccessLogFile
{
    private const string Header = "at,kind,success,reason,by,door,way,browser,system,address,place,project,subject,count\r\n";

    /// <summary>Writes the lines.</summary>
    public static string Write(IEnumerable<AccessItem> items)
    {
        var text = new StringBuilder(Header);
        foreach (var item in items)
        {
            text.AppendJoin(',', CellsOf(item).Select(CsvCell.Of)).Append("\r\n");
        }

        return text.ToString();
    }

    private static IEnumerable<string?> CellsOf(AccessItem item) =>
    [
        item.At.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        item.Kind,
        item.IsSuccess ? "yes" : "no",
        item.Reason,
        item.Actor.Name,
        item.Door,
        item.Way,
        item.Browser,
        item.System,
        item.Address,
        item.Place,
        item.Project?.ToString(CultureInfo.InvariantCulture),
        item.Subject,
        item.Count.ToString(CultureInfo.InvariantCulture),
    ];
}
