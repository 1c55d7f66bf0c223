using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports;

/// <summary>Rows of one <see cref="Submissions.SealedBlock"/> as text in the clear, one buffer for each table.</summary>
internal sealed class FormattedBlock : IDisposable
{
    private readonly PooledBytes[] _tables;
    private readonly int[] _marks;

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

    /// <summary>Number of submissions in it.</summary>
    public int Rows { get; set; }

    /// <summary>The sequence number of its last submission.</summary>
    public long LastSequence { get; set; }

    /// <summary>Number of those whose answers could not be opened.</summary>
    public int DamagedRows { get; set; }

    /// <summary>Remembers where the next row begins in every table.</summary>
    public void Mark()
    {
        for (var at = 0; at < _tables.Length; at++)
        {
            _marks[at] = _tables[at].Length;
        }
    }

    /// <summary>Takes back everything written since <see cref="Mark"/>.</summary>
    public void Reset()
    {
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
