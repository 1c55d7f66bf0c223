using System.Runtime.InteropServices;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Answers.Segments;

/// <summary>
/// Gathers the answers of submissions into columns: all of a form for a segment, or those that a filter asks for. One
/// for each core; wiped when disposed.
/// </summary>
internal sealed class GatheredRows : IInstanceRowSink, IDisposable
{
    private const int CellBytes = 12;

    private readonly FormTables _tables;
    private readonly GatheredColumn[][] _columns;
    private readonly GatheredColumn[] _repeats;
    private readonly GatheredColumn _device = new(ColumnKeys.Device, 0);
    private readonly GatheredColumn _version = new(ColumnKeys.FormVersion, 0);
    private readonly InstanceRows _reader;
    private readonly PooledBytes _text = new();
    private readonly List<GatheredColumn> _touched = [];
    private readonly int[] _rows;
    private readonly int[] _marks;

    /// <summary>Makes one for the columns that <paramref name="isWanted"/> says, by key.</summary>
    public GatheredRows(FormTables tables, Func<string, bool> isWanted)
    {
        _tables = tables;
        _reader = new InstanceRows(tables);
        _rows = new int[tables.Tables.Count];
        _marks = new int[tables.Tables.Count];
        _columns =
        [
            .. tables.Tables.Select(table => table.Columns
                .Where(column => column.Repeat is null && isWanted(column.Path))
                .Select(column => new GatheredColumn(column.Path, table.Index) { Source = column.Index }).ToArray()),
        ];
        _repeats = [.. tables.Tables.Skip(1).Select(table => new GatheredColumn(ColumnKeys.RowsOf(table), 0))];
    }

    /// <summary>Number of submissions gathered.</summary>
    public int Count => _rows[0];

    /// <summary>Bytes that the answers take in memory.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether an instance had nodes that the form does not know.</summary>
    public bool HasStrays { get; private set; }

    /// <summary>Every column.</summary>
    public IEnumerable<GatheredColumn> Columns => _columns.SelectMany(columns => columns).Concat(_repeats).Append(_device).Append(_version);

    /// <summary>Gives the number of rows that a table has so far.</summary>
    public int RowsOf(int table) => _rows[table];

    /// <summary>Adds a submission. When it cannot be read nothing of it stays, and its place is not taken.</summary>
    /// <exception cref="XForms.Instances.InstanceException">The instance is no XML.</exception>
    public void Add(ReadOnlySpan<byte> xml, string? device, string? version)
    {
        Begin();
        var isWhole = false;
        try
        {
            _reader.Read(xml, this);
            HasStrays |= _reader.HasStrays;
            Put(_device, Count - 1, device);
            Put(_version, Count - 1, version);
            for (var table = 1; table < _rows.Length; table++)
            {
                if (_rows[table] > _marks[table])
                {
                    Put(_repeats[table - 1], Count - 1, (_rows[table] - _marks[table]).ToString());
                }
            }

            isWhole = true;
        }
        finally
        {
            if (!isWhole)
            {
                TakeBack();
            }
        }
    }

    /// <summary>Takes the place of a submission whose answers cannot be gathered.</summary>
    public void AddNothing()
    {
        Begin();
        _rows[0]++;
    }

    /// <summary>Takes back the submission added last; nothing of it stays.</summary>
    public void TakeBack()
    {
        foreach (var column in _touched)
        {
            Bytes -= CellBytes * (column.Cells.Count - column.Mark);
            column.Cells.RemoveRange(column.Mark, column.Cells.Count - column.Mark);
            column.IsTouched = false;
        }

        Bytes -= _text.Length - _textMark;
        _touched.Clear();
        _text.Truncate(_textMark);
        _marks.CopyTo(_rows, 0);
    }

    /// <summary>Gives a column's plaintext.</summary>
    public byte[] Write(GatheredColumn column) => ColumnLayout.Write(
        CollectionsMarshal.AsSpan(column.Cells), _text.Written.Span, _rows[column.Table], _tables.Tables[column.Table].Path);

    /// <inheritdoc/>
    public void Take(InstanceRow row)
    {
        var table = row.Table.Index;
        var position = _rows[table]++;
        foreach (var column in _columns[table])
        {
            if (row[column.Source] is { IsEmpty: false } answer)
            {
                Put(column, position, answer);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _text.Dispose();
    }

    private int _textMark;

    private void Begin()
    {
        foreach (var column in _touched)
        {
            column.IsTouched = false;
        }

        _touched.Clear();
        _textMark = _text.Length;
        _rows.CopyTo(_marks, 0);
    }

    private void Put(GatheredColumn column, int position, string? answer)
    {
        if (!string.IsNullOrEmpty(answer))
        {
            Put(column, position, System.Text.Encoding.UTF8.GetBytes(answer));
        }
    }

    private void Put(GatheredColumn column, int position, ReadOnlySpan<byte> answer)
    {
        if (!column.IsTouched)
        {
            column.IsTouched = true;
            column.Mark = column.Cells.Count;
            _touched.Add(column);
        }

        column.Cells.Add(new AnswerCell(position, _text.Length, answer.Length));
        answer.CopyTo(_text.GetSpan(answer.Length));
        _text.Advance(answer.Length);
        Bytes += CellBytes + answer.Length;
    }
}

/// <summary>One column being gathered.</summary>
/// <param name="key">Its name, as in <see cref="ColumnKeys"/>.</param>
/// <param name="table">Whose rows it has a value for.</param>
internal sealed class GatheredColumn(string key, int table)
{
    public string Key => key;

    public int Table => table;

    /// <summary>Its position in its table.</summary>
    public int Source { get; init; }

    /// <summary>The answers that are not empty, by position.</summary>
    public List<AnswerCell> Cells { get; } = [];

    /// <summary>Number of cells when the submission began that is read now.</summary>
    public int Mark { get; set; }

    public bool IsTouched { get; set; }
}
