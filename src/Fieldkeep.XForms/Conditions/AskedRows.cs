using System.Buffers;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.XForms.Conditions;

/// <summary>The rows of one instance with the answers that conditions ask, as a tree. Answers in the clear are zeroed when it is cleared.</summary>
internal sealed class AskedRows : IInstanceRowSink, IDisposable
{
    private readonly bool[] _isAsked;
    private readonly int[][] _columns;
    private readonly List<AskedRow>[] _waiting;
    private readonly PooledBytes _text = new();

    /// <summary>Keeps what some parts of conditions ask.</summary>
    public AskedRows(FormTables tables, IReadOnlyList<BoundPart> parts)
    {
        _isAsked = new bool[tables.Tables.Count];
        _isAsked[0] = true;
        foreach (var table in parts.OfType<BoundRepeat>().Select(repeat => repeat.Table))
        {
            for (var around = table; around is not null; around = around.Parent)
            {
                _isAsked[around.Index] = true;
            }
        }

        var asked = parts.OfType<BoundAnswer>().ToLookup(answer => answer.Table.Index, answer => answer.Column);
        _columns = [.. tables.Tables.Select(table => asked[table.Index].Distinct().ToArray())];
        _waiting = [.. tables.Tables.Select(_ => new List<AskedRow>())];
    }

    /// <summary>The row of the submission; null before one was read.</summary>
    public AskedRow? Root { get; private set; }

    /// <summary>Gives an answer of a row, or of the row it belongs to.</summary>
    public ReadOnlySpan<byte> AnswerOf(AskedRow row, BoundAnswer asked)
    {
        var at = row;
        while (at.Table != asked.Table)
        {
            at = at.Parent ?? throw new InvalidOperationException("A condition asks a question of a row that is not around.");
        }

        var (start, length) = at.Answers[Array.IndexOf(_columns[at.Table.Index], asked.Column)];
        return _text.Written.Span.Slice(start, length);
    }

    /// <inheritdoc/>
    public void Take(InstanceRow row)
    {
        var table = row.Table;
        if (!_isAsked[table.Index])
        {
            return;
        }

        var columns = _columns[table.Index];
        var answers = new (int Start, int Length)[columns.Length];
        for (var at = 0; at < columns.Length; at++)
        {
            var answer = row[columns[at]];
            answers[at] = (_text.Length, answer.Length);
            _text.Write(answer);
        }

        // Rows of repeats come before the row they belong to.
        var asked = new AskedRow(table, answers);
        foreach (var waiting in _waiting)
        {
            if (waiting.Count > 0 && waiting[0].Table.Parent == table)
            {
                asked.Adopt(waiting);
                waiting.Clear();
            }
        }

        if (table.Parent is null)
        {
            Root = asked;
        }
        else
        {
            _waiting[table.Index].Add(asked);
        }
    }

    /// <summary>Forgets the instance.</summary>
    public void Clear()
    {
        Root = null;
        _text.Truncate(0);
        foreach (var waiting in _waiting)
        {
            waiting.Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();
}

/// <summary>One row of an instance, and the rows that belong to it.</summary>
internal sealed class AskedRow(FormTable table, (int Start, int Length)[] answers)
{
    private readonly List<AskedRow> _rows = [];

    public FormTable Table => table;

    public AskedRow? Parent { get; private set; }

    /// <summary>Where the answers stand in the text.</summary>
    public (int Start, int Length)[] Answers => answers;

    /// <summary>Takes rows in.</summary>
    public void Adopt(IReadOnlyList<AskedRow> rows)
    {
        foreach (var row in rows)
        {
            row.Parent = this;
        }

        _rows.AddRange(rows);
    }

    /// <summary>Gives the rows of a repeat that belong to this one, through however many repeats between.</summary>
    public IEnumerable<AskedRow> Below(FormTable wanted) => wanted.Parent == table
        ? _rows.Where(row => row.Table == wanted)
        : wanted.Parent is { } between ? Below(between).SelectMany(row => row.Below(wanted)) : [];
}
