using Fieldkeep.Backup.Store;

namespace Fieldkeep.Backup.Wal;

/// <summary>Finds out which part of the log the base backups that are kept need.</summary>
internal static class WalNeed
{
    /// <summary>
    /// From which place on each timeline is needed; timelines that are not named are not needed at all. Null if a history that would tell cannot be read.
    /// </summary>
    public static IReadOnlyDictionary<uint, Lsn>? Find(WalShelf shelf, WalPast past, IReadOnlyList<BackupLog> kept)
    {
        var needed = new Dictionary<uint, Lsn>();
        try
        {
            foreach (var log in kept)
            {
                foreach (var timeline in shelf.Timelines(past).Where(timeline => timeline >= log.Timeline))
                {
                    foreach (var stretch in WalPath.Find(shelf, past, log, timeline) ?? [])
                    {
                        needed[stretch.Timeline] = needed.TryGetValue(stretch.Timeline, out var from) && from < stretch.From ? from : stretch.From;
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
