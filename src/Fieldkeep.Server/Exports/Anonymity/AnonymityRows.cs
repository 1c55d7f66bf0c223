using System.Buffers;
using System.Security.Cryptography;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Anonymity;

/// <summary>Writes of each submission one number for each column, the same for equal answers; answers themselves go nowhere.</summary>
/// <remarks>64 bits each: of a million different answers two have the same number once in 37 million times.</remarks>
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

        var size = columns.Count * sizeof(long);
        var into = outputs[0].GetSpan(size);
        for (var at = 0; at < columns.Count; at++)
        {
            WriteNumber(row[columns[at]].Trim((byte)' '), into[(at * sizeof(long))..]);
        }

        outputs[0].Advance(size);
    }

    /// <summary>Writes the number of an answer: the first 8 bytes of its SHA-256.</summary>
    internal static void WriteNumber(ReadOnlySpan<byte> answer, Span<byte> into)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(answer, hash);
        hash[..sizeof(long)].CopyTo(into);
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
