using Fieldkeep.Backup.Store;

namespace Fieldkeep.Backup.Wal;

/// <summary>Finds out which part of the log the base backups that are kept need.</summary>
internal static class WalNeed
{
    /// <summary>
    /// From which place on each timeline is needed; timelines that are not named are not needed at all. Null if a history that would tell cannot be read.
    /// </summary>
    /// <param name="timelines">Those of which there is log, read once: one that cannot be read a moment later must not look as if nobody needed it.</param>
    public static IReadOnlyDictionary<uint, Lsn>? Find(WalShelf shelf, WalPast past, IReadOnlyList<uint> timelines, IReadOnlyList<BackupLog> kept)
    {
        var needed = new Dictionary<uint, Lsn>();
        try
        {
            foreach (var log in kept)
            {
                foreach (var timeline in timelines.Where(timeline => timeline >= log.Timeline))
                {
                    foreach (var stretch in WalPath.Find(shelf, past, log, timeline) ?? [])
                    {
                        // One segment more: the receiver compares what lies before the place where it goes on.
                        var place = new Lsn(Math.Max(stretch.From.Value, WalSegment.Bytes) - WalSegment.Bytes);
                        needed[stretch.Timeline] = needed.TryGetValue(stretch.Timeline, out var from) && from < place ? from : place;
                    }
                }
            }

            return needed;
        }
        catch (BackupException)
        {
            return null;
        }
    }
}
