using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Answers.Filters;

/// <summary>Some submissions with the columns that a filter asks for: from a segment, or opened just now. Wiped when disposed.</summary>
internal sealed class AnswerChunk(int rows) : IDisposable
{
    private readonly Dictionary<string, ColumnValues> _columns = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int[]> _counts = [];
    private readonly Dictionary<int, int> _rows = [];

    /// <summary>Gives how many rows a table has.</summary>
    public int RowsOf(int table) => table == 0 ? rows : _rows.GetValueOrDefault(table);

    /// <summary>Gives how many rows of a repeat each submission has.</summary>
    public int[] CountsOf(int table) => _counts.TryGetValue(table, out var counts) ? counts : _counts[table] = new int[rows];

    /// <summary>Finds a column; null when nobody answered.</summary>
    public ColumnValues? Find(string key) => _columns.GetValueOrDefault(key);

    /// <summary>Takes over a column.</summary>
    public void Add(string key, ColumnValues column) => _columns.Add(key, column);

    /// <summary>Takes in how many rows of a repeat each submission has.</summary>
    public void AddCounts(FormTable table, int[] counts)
    {
        _counts[table.Index] = counts;
        _rows[table.Index] = counts.Sum();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var column in _columns.Values)
        {
            column.Dispose();
        }
    }
}
