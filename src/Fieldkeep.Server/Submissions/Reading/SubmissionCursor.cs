using System.Buffers.Binary;
using System.Buffers.Text;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Reading;

/// <summary>Says where a page of submissions ends: the next one begins with the first older row. Opaque to callers.</summary>
/// <param name="Sequence">The sequence number of the last row given.</param>
internal readonly record struct SubmissionCursor(long Sequence)
{
    private const byte Layout = 1;
    private const int Bytes = 1 + sizeof(long);

    /// <summary>The place before the newest row.</summary>
    public static SubmissionCursor Newest => new(long.MaxValue);

    /// <summary>Reads what <see cref="ToString"/> wrote; nothing means <see cref="Newest"/>.</summary>
    /// <exception cref="ProblemException"><c>cursor.unreadable</c>.</exception>
    public static SubmissionCursor Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Newest;
        }

        Span<byte> bytes = stackalloc byte[Bytes];
        return CursorBytes.TryRead(text, Layout, bytes)
            && BinaryPrimitives.ReadInt64BigEndian(bytes[1..]) is > 0 and var sequence
                ? new SubmissionCursor(sequence)
                : throw SubmissionReadProblems.CursorUnreadable();
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bytes[0] = Layout;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], Sequence);
        return Base64Url.EncodeToString(bytes);
    }
}
