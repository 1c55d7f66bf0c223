using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Rows;

/// <summary>Rows of one <see cref="Submissions.Contents.SealedBlock"/> as text in the clear, one buffer for each table.</summary>
internal sealed class FormattedBlock : IDisposable
{
    private readonly PooledBytes[] _tables;
    private readonly int[] _marks;
    private readonly List<FormattedLine> _lines = [];
    private int _markedLines;

    /// <summary>Makes empty buffers.</summary>
    public FormattedBlock(int tables)
    {
        _tables = new PooledBytes[tables];
        _marks = new int[tables];
        for (var at = 0; at < tables; at++)
        {
            _tables[at] = new PooledBytes();
        }
    }

    /// <summary>The buffers; the first is that of the submissions themselves.</summary>
    public IReadOnlyList<PooledBytes> Tables => _tables;

    /// <summary>Where lines end in the first buffer; empty when the format does not say.</summary>
    public IReadOnlyList<FormattedLine> Lines => _lines;

    /// <summary>Number of submissions in it.</summary>
    public int Rows { get; set; }

    /// <summary>The sequence number of its last submission.</summary>
    public long LastSequence { get; set; }

    /// <summary>Number of those whose answers could not be opened.</summary>
    public int DamagedRows { get; set; }

    /// <summary>Says that a line of a submission ends here, in the first buffer.</summary>
    public void EndLine(long sequence) => _lines.Add(new FormattedLine(sequence, _tables[0].Length));

    /// <summary>Remembers where the next row begins in every table.</summary>
    public void Mark()
    {
        _markedLines = _lines.Count;
        for (var at = 0; at < _tables.Length; at++)
        {
            _marks[at] = _tables[at].Length;
        }
    }

    /// <summary>Takes back everything written since <see cref="Mark"/>.</summary>
    public void Reset()
    {
        _lines.RemoveRange(_markedLines, _lines.Count - _markedLines);
        for (var at = 0; at < _tables.Length; at++)
        {
            _tables[at].Truncate(_marks[at]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var table in _tables)
        {
            table.Dispose();
        }
    }
}

/// <summary>One row of the table that is asked for.</summary>
/// <param name="Sequence">The sequence number of its submission.</param>
/// <param name="End">Where it ends in the first buffer, in bytes.</param>
internal readonly record struct FormattedLine(long Sequence, int End);
