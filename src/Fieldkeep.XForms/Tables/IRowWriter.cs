using System.Buffers;

namespace Fieldkeep.XForms.Tables;

/// <summary>Writes the rows of submissions in one format, into one output for each of its tables. One for each core.</summary>
public interface IRowWriter : IDisposable
{
    /// <summary>How many outputs it writes to.</summary>
    int Outputs { get; }

    /// <summary>Begins a submission; what an unreadable one before it left is forgotten.</summary>
    void Begin();

    /// <summary>Writes a row; rows of repeats come before the row they belong to, that of the submission last.</summary>
    void Write(InstanceRow row, RowFacts facts, IReadOnlyList<IBufferWriter<byte>> outputs);

    /// <summary>Writes what stands for a submission whose answers cannot be opened.</summary>
    void WriteDamaged(RowFacts facts, IReadOnlyList<IBufferWriter<byte>> outputs);
}
