using System.Globalization;
using Fieldkeep.XForms.Tests.Tables;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.RealForms;

/// <summary>Compares what PSPP read of a file with what the test's own reader read.</summary>
internal static class PsppRows
{
    private static readonly DateTime Epoch = new(1582, 10, 14, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>Every cell must be the same.</summary>
    public static void RequireSame(string form, SavReader own, List<Dictionary<string, string>> rows)
    {
        Assert.Equal(own.Rows.Count, rows.Count);
        foreach (var (cells, row) in own.Rows.Zip(rows))
        {
            Assert.Equal(own.Columns.Select(column => column.Name), row.Keys);
            for (var at = 0; at < cells.Length; at++)
            {
                var read = row[own.Columns[at].Name];
                Assert.True(IsSame(own.Columns[at], cells[at], read), $"{form} {own.Columns[at].Name}: “{cells[at]}” is “{read}” to PSPP.");
            }
        }
    }

    private static bool IsSame(SavColumn column, string own, string read)
    {
        if (column.Width > 0)
        {
            // Its CSV writes the end of a line inside a text in its own way.
            return own.Replace("\r", "", StringComparison.Ordinal) == read.Replace("\r", "", StringComparison.Ordinal).TrimEnd(' ');
        }

        if (own.Length == 0)
        {
            return read.Trim().Length == 0;
        }

        var number = double.Parse(own, CultureInfo.InvariantCulture);
        return (column.Format >> 16) switch
        {
            39 => read == Epoch.AddSeconds(number).ToString("MM/dd/yyyy", CultureInfo.InvariantCulture),
            22 => read == Epoch.AddSeconds(number).ToString("MM/dd/yyyy HH:mm:ss", CultureInfo.InvariantCulture),
            21 => read == TimeSpan.FromSeconds(number).ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture),
            _ => double.TryParse(read, CultureInfo.InvariantCulture, out var other) && Math.Abs(other - number) <= Math.Abs(number) * 1e-12,
        };
    }
}
