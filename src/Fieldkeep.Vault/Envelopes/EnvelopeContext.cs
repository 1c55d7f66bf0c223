using System.Buffers.Binary;
using System.Text;

namespace Fieldkeep.Vault.Envelopes;

/// <summary>
/// Says where a sealed value lives. It is bound into the key and not stored: an envelope opens only in its own place.
/// docs/formats/envelope.md, "context".
/// </summary>
/// <param name="Installation"><c>Vault.InstallationId</c>.</param>
/// <param name="Project">The project; <see cref="Guid.Empty"/> for what belongs to none.</param>
/// <param name="Column"><c>table.column</c>, UTF-8, 1 to 64 bytes.</param>
/// <param name="Row">The row's UUID.</param>
/// <param name="Version">The row's version, not negative.</param>
public readonly record struct EnvelopeContext(Guid Installation, Guid Project, string Column, Guid Row, long Version)
{
    internal const int MaxColumnBytes = 64;
    internal const int MaxEncodedBytes = (5 * sizeof(uint)) + (3 * 16) + MaxColumnBytes + sizeof(ulong);

    /// <summary>Writes the five length-prefixed parts; returns their length in bytes.</summary>
    internal int Write(Span<byte> destination)
    {
        var at = WriteUuid(destination, 0, Installation);
        at = WriteUuid(destination, at, Project);
        at = WriteColumn(destination, at);
        at = WriteUuid(destination, at, Row);
        if (Version < 0)
        {
            throw new InvalidOperationException($"The version {Version} of the sealed row {Row} is negative; versions count from 0.");
        }

        BinaryPrimitives.WriteUInt32LittleEndian(destination[at..], sizeof(ulong));
        BinaryPrimitives.WriteInt64LittleEndian(destination[(at + 4)..], Version);
        return at + 4 + sizeof(ulong);
    }

    private static int WriteUuid(Span<byte> destination, int at, Guid value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination[at..], 16);
        value.TryWriteBytes(destination[(at + 4)..], bigEndian: true, out _);
        return at + 20;
    }

    private int WriteColumn(Span<byte> destination, int at)
    {
        if (string.IsNullOrEmpty(Column) || Encoding.UTF8.GetByteCount(Column) > MaxColumnBytes)
        {
            throw new InvalidOperationException(
                $"The column “{Column}” of a sealed value must be 1 to {MaxColumnBytes} bytes, like “submissions.instance”.");
        }

        var length = Encoding.UTF8.GetBytes(Column, destination[(at + 4)..]);
        BinaryPrimitives.WriteInt32LittleEndian(destination[at..], length);
        return at + 4 + length;
    }
}
