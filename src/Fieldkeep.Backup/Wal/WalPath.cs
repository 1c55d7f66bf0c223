using Fieldkeep.Backup.Store;

namespace Fieldkeep.Backup.Wal;

/// <summary>A stretch of one timeline that a restore needs.</summary>
/// <param name="Timeline">The timeline.</param>
/// <param name="From">The beginning of its first segment.</param>
/// <param name="To">The beginning of the segment where the next timeline takes over; null for the last.</param>
internal readonly record struct WalStretch(uint Timeline, Lsn From, Lsn? To);

/// <summary>The way through the timelines from a base backup to the one that is to be restored.</summary>
internal static class WalPath
{
    /// <summary>The stretches, oldest first; null if the timeline did not come from the base backup.</summary>
    /// <exception cref="BackupException">Damaged: a history is missing or cannot be read, which is no reason to restore the life before it.</exception>
    public static IReadOnlyList<WalStretch>? Find(WalShelf shelf, WalPast past, BackupLog log, uint timeline)
    {
        var from = log.StopPlace.SegmentCeiling;
        if (timeline == log.Timeline)
        {
            return [new WalStretch(timeline, from, null)];
        }

        var history = shelf.FindHistory(past, timeline)
            ?? throw BackupException.Damaged($"the history of timeline {timeline}, of which there is log, is missing: what it came from is not known");
        var forks = TimelineHistory.Parse(history);
        var first = forks.Select((fork, index) => (fork, index)).FirstOrDefault(step => step.fork.Timeline == log.Timeline);
        if (first.fork.Timeline != log.Timeline || first.fork.End < log.StopPlace)
        {
            return null;
        }

        var stretches = new List<WalStretch>();
        foreach (var fork in forks.Skip(first.index))
        {
            // PostgreSQL takes the segment of the fork from the newer timeline, which has all of it.
            if (fork.End.SegmentStart > from)
            {
                stretches.Add(new WalStretch(fork.Timeline, from, fork.End.SegmentStart));
            }

            from = fork.End.SegmentStart;
        }

        stretches.Add(new WalStretch(timeline, from, null));
        return stretches;
    }

    /// <summary>Reads all stretches on end; what is returned begins with the first.</summary>
    /// <param name="take">Receives the segments; null to read only.</param>
    public static WalRun Read(
        WalShelf shelf, WalPast past, IReadOnlyList<WalStretch> stretches, TakeSegment? take, CancellationToken cancellationToken)
    {
        var whole = WalRun.EmptyAt(stretches[0].From);
        foreach (var stretch in stretches)
        {
            var run = WalRunReader.Read(shelf, past, stretch.Timeline, stretch.From, stretch.To, take, cancellationToken);
            whole = new WalRun(
                run.End, whole.FirstAt ?? run.FirstAt, run.Until ?? whole.Until, whole.SegmentCount + run.SegmentCount,
                whole.SealedBytes + run.SealedBytes, run.Break, run.TornPath)
            { Steps = [.. whole.Steps, .. run.Steps] };
            if (whole.Break is null && stretch.To is { } needed && run.End < needed)
            {
                var path = shelf.Files(past, stretch.Timeline) is [.., var last] ? last.Path : $"timeline {stretch.Timeline}";
                return whole with { Break = new WalBreak(path, run.End, $"the log of timeline {stretch.Timeline} is missing from {run.End} to {needed}, after {path}") };
            }

            if (whole.Break is not null)
            {
                return whole;
            }
        }

        return whole;
    }
}
