namespace Fieldkeep.XForms.Tables;

/// <summary>Takes the rows of an instance, each when its end is read: rows of repeats before the row they belong to.</summary>
public interface IInstanceRowSink
{
    /// <summary>Takes one row; it is valid until this returns.</summary>
    void Take(InstanceRow row);
}

/// <summary>One row of one table, with the answers as UTF-8.</summary>
public sealed class InstanceRow
{
    private readonly InstanceRows _rows;
    private readonly Cell[] _cells;

    internal InstanceRow(InstanceRows rows, FormTable table)
    {
        _rows = rows;
        Table = table;
        _cells = new Cell[table.Columns.Count];
        RepeatCounts = new int[table.RepeatCount];
    }

    /// <summary>The table it belongs to.</summary>
    public FormTable Table { get; }

    /// <summary>What its key adds to the instance's id, such as <c>/household/member[2]</c>; empty for the submission.</summary>
    public ReadOnlySpan<byte> Key => _rows.TextAt(KeyCell);

    /// <summary>The same of the row it belongs to; empty when that is the submission.</summary>
    public ReadOnlySpan<byte> ParentKey => ParentRow is { } parent ? parent.Key : [];

    /// <summary>The answer in a column; empty when there is none.</summary>
    public ReadOnlySpan<byte> this[int column] => _rows.TextAt(_cells[column]);

    /// <summary>Whether the answer in a column was taken out: it may be there, and only holders of the right see it.</summary>
    public bool IsConfidential(int column) => _cells[column].IsConfidential;

    /// <summary>Metres within which the true point of a confidential answer lies; null when the answer is no displaced point.</summary>
    public double? RadiusOf(int column) => _cells[column] is { IsConfidential: true, Radius: > 0, Length: > 0 } cell ? cell.Radius : null;

    /// <summary>The row it belongs to; null for the submission. Valid as long as this row is.</summary>
    public InstanceRow? ParentRow { get; internal set; }

    /// <summary>Counts the rows of a repeat that belong to this row.</summary>
    public int CountOf(FormTable repeat)
    {
        ArgumentNullException.ThrowIfNull(repeat);
        return RepeatCounts[repeat.RepeatIndex];
    }

    internal Cell KeyCell { get; set; }

    internal int[] RepeatCounts { get; }

    /// <summary>Length of the reader's text when the row began: given back at its end.</summary>
    internal int TextStart { get; set; }

    internal void Set(int column, Cell cell) => _cells[column] = cell;

    internal void Clear()
    {
        Array.Clear(_cells);
        Array.Clear(RepeatCounts);
    }

    /// <summary>Where a text stands in the reader's buffer.</summary>
    internal readonly record struct Cell(int Start, int Length, bool IsConfidential = false, double Radius = 0);
}
