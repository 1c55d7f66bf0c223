using System.Text;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Tables;

/// <summary>Says how answers become columns of CSV.</summary>
/// <param name="GroupPaths">Whether a name has its groups in front: <c>household-size</c>.</param>
/// <param name="SplitSelectMultiples">Whether each choice of a select multiple has a column of 1 and 0 beside it.</param>
public sealed record CsvOptions(bool GroupPaths, bool SplitSelectMultiples);

/// <summary>Writes the answers of one table as CSV cells in ODK Central's layout. Shared by all threads.</summary>
public sealed class CsvColumns
{
    private const int GeopointParts = 4;

    private readonly Column[] _columns;

    /// <summary>Lays out a table.</summary>
    public CsvColumns(FormTable table, CsvOptions options)
    {
        Table = table;
        _columns = [.. table.Columns.Select(column => new Column(column, options))];
        CellCount = _columns.Sum(column => column.Headings.Count);
    }

    /// <summary>The table.</summary>
    public FormTable Table { get; }

    /// <summary>How many cells the answers take.</summary>
    public int CellCount { get; }

    /// <summary>Writes the headings of the answers.</summary>
    public void WriteHeadings(ref CsvWriter csv)
    {
        foreach (var heading in _columns.SelectMany(column => column.Headings))
        {
            csv.Write(heading);
        }
    }

    /// <summary>Writes the answers of a row; <paramref name="instanceId"/> goes in front of keys.</summary>
    public void WriteAnswers(ref CsvWriter csv, InstanceRow row, ReadOnlySpan<byte> instanceId)
    {
        for (var at = 0; at < _columns.Length; at++)
        {
            var column = _columns[at];
            if (column.SetOf is { } step)
            {
                WriteSetOf(ref csv, row, instanceId, step);
                continue;
            }

            var answer = row[at];
            if (column.IsGeopoint)
            {
                WriteGeopoint(ref csv, answer);
                continue;
            }

            csv.Write(answer);
            WriteChoices(ref csv, answer, column.Choices);
        }
    }

    private static void WriteSetOf(ref CsvWriter csv, InstanceRow row, ReadOnlySpan<byte> instanceId, byte[] step)
    {
        var key = new byte[row.Key.Length + step.Length];
        row.Key.CopyTo(key);
        step.CopyTo(key.AsSpan(row.Key.Length));
        csv.Write(instanceId, key);
    }

    private static void WriteGeopoint(ref CsvWriter csv, ReadOnlySpan<byte> answer)
    {
        for (var part = 0; part < GeopointParts; part++)
        {
            answer = answer.TrimStart((byte)' ');
            var end = answer.IndexOf((byte)' ');
            end = end < 0 ? answer.Length : end;
            csv.Write(answer[..end]);
            answer = answer[end..];
        }
    }

    private static void WriteChoices(ref CsvWriter csv, ReadOnlySpan<byte> answer, byte[][] choices)
    {
        if (answer.IsEmpty)
        {
            csv.Skip(choices.Length);
            return;
        }

        foreach (var choice in choices)
        {
            csv.Write(Has(answer, choice) ? 1 : 0);
        }
    }

    private static bool Has(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> choice)
    {
        foreach (var part in answer.Split((byte)' '))
        {
            if (answer[part].SequenceEqual(choice))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>How one column is written.</summary>
    private sealed class Column
    {
        public Column(FormColumn column, CsvOptions options)
        {
            var name = options.GroupPaths ? string.Join('-', column.Names) : column.Name;
            IsGeopoint = column.Question?.DataType == DataType.Geopoint;
            SetOf = column.Repeat?.KeyStep;
            var choices = options.SplitSelectMultiples && column.Question is { IsMultiple: true }
                ? column.Choices?.Choices ?? []
                : [];
            Choices = [.. choices.Select(choice => Encoding.UTF8.GetBytes(choice.Value))];
            Headings = SetOf is not null ? [$"SET-OF-{name}"]
                : IsGeopoint ? [$"{name}-Latitude", $"{name}-Longitude", $"{name}-Altitude", $"{name}-Accuracy"]
                : [name, .. choices.Select(choice => $"{name}/{choice.Value}")];
        }

        public IReadOnlyList<string> Headings { get; }

        public bool IsGeopoint { get; }

        public byte[]? SetOf { get; }

        public byte[][] Choices { get; }
    }
}
