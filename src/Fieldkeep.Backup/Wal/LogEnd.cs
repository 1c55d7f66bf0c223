using System.Buffers.Binary;

namespace Fieldkeep.Backup.Wal;

/// <summary>Reads bytes of the log at a place; returns how many there are.</summary>
internal delegate int ReadLog(Lsn place, Span<byte> bytes);

/// <summary>
/// Tells whether replaying that ended somewhere ended at the end of the log: nothing follows there but a record that was cut off. Places and lengths as
/// in PostgreSQL's <c>xlogrecord.h</c> and <c>xlog_internal.h</c>.
/// </summary>
internal static class LogEnd
{
    private const int PageBytes = 8192;
    private const int PageHeaderBytes = 24;
    private const int SegmentHeaderBytes = 40;

    /// <summary>Whether no whole record lies between the place where replaying ended and the end of what is kept.</summary>
    /// <param name="ended">The end of the last record that was replayed.</param>
    /// <param name="kept">The place after the last byte that is kept.</param>
    /// <param name="read">Reads what is kept.</param>
    public static bool IsAt(Lsn ended, Lsn kept, ReadLog read)
    {
        var begins = AfterHeader(ended);
        if (begins + sizeof(uint) > kept)
        {
            return true;
        }

        Span<byte> first = stackalloc byte[sizeof(uint)];
        if (read(begins, first) < first.Length)
        {
            return false;
        }

        // The length of all of the record stands first. Zero: nothing was written there, so nothing can follow that was.
        var left = (long)BinaryPrimitives.ReadUInt32LittleEndian(first);
        if (left == 0)
        {
            return false;
        }

        for (var at = begins; ;)
        {
            var onPage = PageBytes - (int)(at.Value % PageBytes);
            if (left <= onPage)
            {
                return at + (int)left > kept;
            }

            left -= onPage;
            at = AfterHeader(at + onPage);
            if (at > kept)
            {
                return true;
            }
        }
    }

    // A page begins with its header, longer in the first of a segment.
    private static Lsn AfterHeader(Lsn place) =>
        place.Offset == 0 ? place + SegmentHeaderBytes
        : place.Value % PageBytes == 0 ? place + PageHeaderBytes
        : place;
}
