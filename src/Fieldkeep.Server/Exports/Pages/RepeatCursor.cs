using System.Buffers.Binary;
using System.Buffers.Text;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports.Pages;

/// <summary>Says where a page of the rows of a repeat begins. Opaque to callers.</summary>
/// <param name="Sequence">The submission.</param>
/// <param name="Row">The row in it, from 0.</param>
internal readonly record struct RepeatCursor(long Sequence, int Row)
{
    private const byte Layout = 2;
    private const int Bytes = 1 + sizeof(long) + sizeof(int);

    /// <summary>The place before the first row of the newest submission.</summary>
    public static RepeatCursor Newest => new(long.MaxValue - 1, 0);

    /// <summary>Reads what <see cref="ToString"/> wrote; nothing means <see cref="Newest"/>.</summary>
    /// <exception cref="ProblemException"><c>cursor.unreadable</c>.</exception>
    public static RepeatCursor Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Newest;
        }

        Span<byte> bytes = stackalloc byte[Bytes];
        return CursorBytes.TryRead(text, Layout, bytes)
            && BinaryPrimitives.ReadInt64BigEndian(bytes[1..]) is > 0 and < long.MaxValue and var sequence
            && BinaryPrimitives.ReadInt32BigEndian(bytes[9..]) is >= 0 and var row
                ? new RepeatCursor(sequence, row)
                : throw SubmissionReadProblems.CursorUnreadable();
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bytes[0] = Layout;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], Sequence);
        BinaryPrimitives.WriteInt32BigEndian(bytes[9..], Row);
        return Base64Url.EncodeToString(bytes);
    }
}
