using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Server.Ledger;

/// <summary>Hashes an entry to the leaf that the log is built on. docs/formats/ledger.md, “Leaf”.</summary>
internal static class EntryLeaf
{
    /// <summary>SHA-256(0x00 ‖ LP of each clear column ‖ LP(sealed body)): RFC 6962 leaf over what is stored.</summary>
    public static byte[] Of(
        DateTimeOffset at,
        long actor,
        string door,
        string action,
        long? project,
        string subjectKind,
        string subjectId,
        Guid row,
        ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0x00]);
        Append(hash, EntryFacts.Microseconds(at).ToString(CultureInfo.InvariantCulture));
        Append(hash, actor.ToString(CultureInfo.InvariantCulture));
        Append(hash, door);
        Append(hash, action);
        Append(hash, project?.ToString(CultureInfo.InvariantCulture) ?? "");
        Append(hash, subjectKind);
        Append(hash, subjectId);
        Append(hash, row.ToString());
        Append(hash, body);
        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, string text) => Append(hash, Encoding.UTF8.GetBytes(text));

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
