using System.Buffers;
using System.Buffers.Binary;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Anonymity;

/// <summary>Writes of each submission one number for each column, the same for equal answers; answers themselves go nowhere.</summary>
/// <remarks>Numbers differ from one start of the server to the next: they are of no use to anyone but <see cref="GroupSizes"/>.</remarks>
internal sealed class AnonymityRows(IReadOnlyList<int> columns) : IRowWriter
{
    /// <inheritdoc/>
    public int Outputs => 1;

    /// <inheritdoc/>
    public void Begin()
    {
        // Rows are written whole, or not at all.
    }

    /// <inheritdoc/>
    public void Write(InstanceRow row, RowFacts facts, IReadOnlyList<IBufferWriter<byte>> outputs)
    {
        if (row.Table.Parent is not null || facts.Status is not null)
        {
            return;
        }

        var size = columns.Count * sizeof(int);
        var into = outputs[0].GetSpan(size);
        for (var at = 0; at < columns.Count; at++)
        {
            var hash = default(HashCode);
            hash.AddBytes(row[columns[at]].Trim((byte)' '));
            BinaryPrimitives.WriteInt32LittleEndian(into[(at * sizeof(int))..], hash.ToHashCode());
        }

        outputs[0].Advance(size);
    }

    /// <inheritdoc/>
    public void WriteDamaged(RowFacts facts, IReadOnlyList<IBufferWriter<byte>> outputs)
    {
        // What cannot be read groups with nothing.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Holds nothing.
    }
}
