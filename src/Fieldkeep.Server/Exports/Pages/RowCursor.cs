using System.Buffers.Binary;
using System.Buffers.Text;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports.Pages;

/// <summary>Says where a page of a table in another order than that of arrival begins. Opaque to callers.</summary>
/// <param name="Rows">How many rows the pages before it had.</param>
internal readonly record struct RowCursor(long Rows)
{
    private const byte Layout = 2;
    private const int Bytes = 1 + sizeof(long);

    /// <summary>Reads what <see cref="ToString"/> wrote; nothing means the beginning.</summary>
    /// <exception cref="ProblemException"><c>cursor.unreadable</c>.</exception>
    public static RowCursor Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return new RowCursor(0);
        }

        Span<byte> bytes = stackalloc byte[Bytes];
        return CursorBytes.TryRead(text, Layout, bytes)
            && BinaryPrimitives.ReadInt64BigEndian(bytes[1..]) is >= 0 and var rows
                ? new RowCursor(rows)
                : throw SubmissionReadProblems.CursorUnreadable();
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bytes[0] = Layout;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], Rows);
        return Base64Url.EncodeToString(bytes);
    }
}
