using System.Globalization;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;

namespace Fieldkeep.Backup.Fetching;

/// <content>Which log is passed over at the source, because it was here and was removed.</content>
public sealed partial record FetchNotes
{
    /// <summary>The folder of a past below <c>wal</c>, of a log that has one.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    internal static string PastOf(BackupLog log) => string.Create(CultureInfo.InvariantCulture, $"{log.SystemNumber:x16}/{log.Past:X8}");

    /// <summary>From which place on a base backup needs that past: one segment more, as a server keeps it.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    internal static ulong FromOf(BackupLog log) => Math.Max(log.StartPlace.Value, WalSegment.Bytes) - WalSegment.Bytes;

    /// <summary>Notes that log of a past was removed up to a place. Never less than before.</summary>
    internal void PassOver(string past, ulong until)
    {
        if (until > 0)
        {
            LogFrom[past] = Math.Max(until, LogFrom.TryGetValue(past, out var from) ? from : 0);
        }
    }

    /// <summary>Notes what a base backup needs of the log that is to come: it is not passed over any more. True if it was.</summary>
    /// <exception cref="BackupException">Damaged: its places cannot be read.</exception>
    internal bool NeedLog(BackupLog? log)
    {
        if (log is not { Past: not null })
        {
            return false;
        }

        var (past, from) = (PastOf(log), FromOf(log));
        if (!LogFrom.TryGetValue(past, out var noted) || noted <= from)
        {
            return false;
        }

        LogFrom[past] = from;
        return true;
    }
}
