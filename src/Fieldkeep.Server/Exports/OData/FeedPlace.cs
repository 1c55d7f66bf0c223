using System.Buffers.Binary;
using System.Buffers.Text;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>Says where a page of a feed ends. Opaque to callers; what arrives later shifts nothing.</summary>
/// <param name="Sequence">The sequence number of the last submission given.</param>
/// <param name="Rows">How many of its rows were given; 1 for the submission itself.</param>
internal readonly record struct FeedPlace(long Sequence, int Rows)
{
    private const byte Layout = 1;
    private const int Bytes = 1 + sizeof(long) + sizeof(int);

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="ProblemException"><c>odata.bad_skiptoken</c>.</exception>
    public static FeedPlace Parse(string text)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        return CursorBytes.TryRead(text, Layout, bytes)
            && BinaryPrimitives.ReadInt64BigEndian(bytes[1..]) is > 0 and < long.MaxValue and var sequence
            && BinaryPrimitives.ReadInt32BigEndian(bytes[(1 + sizeof(long))..]) is > 0 and var rows
                ? new FeedPlace(sequence, rows)
                : throw ODataProblems.BadSkipToken();
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bytes[0] = Layout;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], Sequence);
        BinaryPrimitives.WriteInt32BigEndian(bytes[(1 + sizeof(long))..], Rows);
        return Base64Url.EncodeToString(bytes);
    }
}
