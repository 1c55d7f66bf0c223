using System.Globalization;
using Fieldkeep.XForms.Tests.Tables;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.RealForms;

/// <summary>A table as a program reads it back.</summary>
internal sealed record ReopenedTable(IReadOnlyList<string> Headings, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>Says whether a cell that was read back tells an answer.</summary>
internal delegate bool TellsAnswer(int column, string answer, string cell);

/// <summary>Compares tables that were read back with the instances they were made of, every answer of every row.</summary>
internal sealed class ReopenedTables(AskedForm form, IReadOnlyList<GivenInstance> instances, bool groupPaths, bool splitSelects)
{
    private static readonly DateTime Epoch = new(1582, 10, 14, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>How many cells with an answer were compared.</summary>
    public int Answers { get; private set; }

    /// <summary>The tables that must be there: a repeat without anything in it has none.</summary>
    public IReadOnlyList<AskedTable> Tables { get; } = [.. form.Tables.Where(table => table.Parent is null || table.Items.Count > 0)];

    /// <summary>Compares CSV: a text that would be a formula has an apostrophe in front.</summary>
    public void RequireCsv(IReadOnlyList<ReopenedTable> tables) => Require(
        tables, haveHeadings: true, (_, answer, cell) => cell == answer || (cell == "'" + answer && "=@+-\t\r\n＝＋－＠".Contains(answer[0], StringComparison.Ordinal)));

    /// <summary>Compares a workbook: numbers are numbers.</summary>
    public void RequireXlsx(IReadOnlyList<ReopenedTable> tables) =>
        Require(tables, haveHeadings: true, (_, answer, cell) => cell == answer || IsSameNumber(answer, cell));

    /// <summary>Compares SPSS files: dates and times are seconds, texts end in spaces, the device's offset is not there.</summary>
    public void RequireSav(IReadOnlyList<SavReader> files)
    {
        var at = 0;
        Require(
            [.. files.Select(file => new ReopenedTable([.. file.Columns.Select(column => column.Name)], file.Rows))],
            haveHeadings: false,
            (column, answer, cell) => Tells(files[at].Columns[column], answer, cell),
            table => at = table);
    }

    private static bool Tells(SavColumn column, string answer, string cell)
    {
        if (column.Width > 0)
        {
            return cell == answer.TrimEnd(' ');
        }

        if (!double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        // The codes of SPSS formats: SDATE, DATETIME, TIME.
        return (column.Format >> 16) switch
        {
            39 => Epoch.AddSeconds(number).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) == answer,
            22 => answer.StartsWith(Epoch.AddSeconds(number).ToString("yyyy-MM-dd'T'HH:mm:ss.fff", CultureInfo.InvariantCulture), StringComparison.Ordinal),
            21 => answer.StartsWith(TimeSpan.FromMilliseconds(Math.Round(number * 1000)).ToString(@"hh\:mm\:ss\.fff", CultureInfo.InvariantCulture), StringComparison.Ordinal),
            _ => IsSameNumber(answer, cell),
        };
    }

    private static bool IsSameNumber(string answer, string cell) =>
        decimal.TryParse(answer, NumberStyles.Float, CultureInfo.InvariantCulture, out var given)
        && decimal.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var read) && given == read;

    private void Require(IReadOnlyList<ReopenedTable> read, bool haveHeadings, TellsAnswer tells, Action<int>? begin = null)
    {
        Assert.Equal(Tables.Count, read.Count);
        for (var at = 0; at < Tables.Count; at++)
        {
            begin?.Invoke(at);
            var columns = AskedColumns.Of(Tables[at], groupPaths, splitSelects);
            if (haveHeadings)
            {
                Assert.Equal(columns.Select(column => column.Heading), read[at].Headings);
            }

            Assert.Equal(columns.Count, read[at].Headings.Count);
            RequireRows(Tables[at], columns, read[at], tells);
        }
    }

    private void RequireRows(AskedTable table, IReadOnlyList<AskedColumn> columns, ReopenedTable read, TellsAnswer tells)
    {
        // The newest submission first, rows of a repeat in their order.
        var given = instances.Reverse().SelectMany(instance => instance.Rows).Where(row => row.Table == table).ToList();
        var key = columns.Count - 1 - columns.Reverse().ToList().FindIndex(column => column is { Heading: "KEY", Question: null });
        Assert.Equal(given.Select(row => row.Key), read.Rows.Select(row => row[key]));
        if (table.Parent is not null)
        {
            Assert.Equal(given.Select(row => row.ParentKey), read.Rows.Select(row => row[key - 1]));
        }

        foreach (var (row, cells) in given.Zip(read.Rows))
        {
            for (var at = 0; at < columns.Count; at++)
            {
                if (columns[at].Question is { } question)
                {
                    var wanted = columns[at].Shown(row.Answers.GetValueOrDefault(question.Path, ""));
                    Assert.True(
                        wanted.Length == 0 ? cells[at].Length == 0 : tells(at, wanted, cells[at]),
                        $"{row.Key} {columns[at].Heading}: “{wanted}” became “{cells[at]}”.");
                    Answers += wanted.Length > 0 ? 1 : 0;
                }
            }
        }
    }
}
