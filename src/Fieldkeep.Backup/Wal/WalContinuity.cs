namespace Fieldkeep.Backup.Wal;

/// <summary>Says where the log is carried on.</summary>
/// <param name="Past">Into which past.</param>
/// <param name="Start">From which place on; null for the beginning of what PostgreSQL still has.</param>
/// <param name="WhyAnother">Why this is another past than the one kept last, in a lower-case sentence; null if it is that one, or the first.</param>
internal sealed record WalContinuation(WalPast Past, Lsn? Start, string? WhyAnother);

/// <summary>
/// Finds out whether a database goes on from what is kept of its log, by comparing the last of that with PostgreSQL's own bytes. One that was set back has
/// a shorter log, which soon grows past what is kept; to write on there would join two pasts.
/// </summary>
internal sealed class WalContinuity(WalShelf shelf, OwnLog own)
{
    // So much of a segment tells one past from another for certain: it has records in it, with their times.
    private const int TellingBytes = 8192;

    /// <summary>Decides where to go on.</summary>
    /// <param name="system">The cluster.</param>
    /// <param name="timeline">The timeline PostgreSQL is on.</param>
    /// <param name="end">Where its log ends.</param>
    /// <param name="durable">What this process knows to be durable of a past and timeline; the disk may show more since it failed.</param>
    /// <exception cref="BackupException">ToolFailed: PostgreSQL has no history of its timeline.</exception>
    public async Task<WalContinuation> FindAsync(
        ulong system, uint timeline, Lsn end, (WalPast Past, uint Timeline, Lsn End)? durable, CancellationToken cancellationToken)
    {
        var pasts = shelf.Pasts(system);
        if (pasts is not [.., var newest])
        {
            return new WalContinuation(shelf.NextPast(system), null, null);
        }

        var history = timeline > 1 ? await RequireHistoryAsync(timeline, cancellationToken) : null;
        var kept = shelf.Timelines(newest)[^1]; // pasts that are listed have one
        var known = durable is { } one && one.Past == newest && one.Timeline == kept ? one.End : WalRunReader.FindEnd(shelf, newest, kept);
        if (known is not { } place)
        {
            return Another(system, $"what is kept of timeline {kept} cannot be read");
        }

        if (kept > timeline)
        {
            return Another(system, $"PostgreSQL is on timeline {timeline}, and timeline {kept} of its log is kept");
        }

        return kept < timeline
            ? await AfterForkAsync(newest, kept, timeline, place, TimelineHistory.Parse(history), cancellationToken)
            : place > end ? Another(system, $"PostgreSQL's log ends at {end} of timeline {timeline}, and it is kept to {place}")
            : history is not null && !IsKeptHistory(newest, timeline, history) ? Another(system, $"it came to timeline {timeline} in another way")
            : await WhyNotAsync(newest, timeline, timeline, place, cancellationToken) is { } why ? Another(system, why)
            : new WalContinuation(newest, place, null);
    }

    /// <summary>The past that a database goes on in which is at least at a place now; null if what is kept does not fit it.</summary>
    public async Task<WalPast?> FindPastAsync(ulong system, uint timeline, CancellationToken cancellationToken) =>
        shelf.Pasts(system) is [.., var newest]
        && shelf.Timelines(newest)[^1] == timeline // as above
        && WalRunReader.FindEnd(shelf, newest, timeline) is { } place
        && await WhyNotAsync(newest, timeline, timeline, place, cancellationToken) is null
            ? newest
            : null;

    private WalContinuation Another(ulong system, string why) => new(shelf.NextPast(system), null, why);

    // A new timeline begins in a segment with all that the old one has in it.
    private async Task<WalContinuation> AfterForkAsync(
        WalPast past, uint kept, uint timeline, Lsn place, IReadOnlyList<TimelineFork> forks, CancellationToken cancellationToken)
    {
        if (forks is not [.., var fork] || fork.Timeline != kept)
        {
            return Another(past.System, $"timeline {timeline} did not come from timeline {kept}, the last that is kept");
        }

        var start = fork.End.SegmentStart;
        return place < start ? Another(past.System, $"timeline {timeline} begins at {fork.End}, and the one before is kept to {place} only")
            : await WhyNotAsync(past, kept, timeline, place < fork.End ? place : fork.End, cancellationToken) is { } why ? Another(past.System, why)
            // Comparing may have had nothing to do with it.
            : !await own.HasAsync(new WalSegment(timeline, start.Segment), cancellationToken)
                ? Another(past.System, $"PostgreSQL no longer has the beginning of timeline {timeline}")
            : new WalContinuation(past, start, null);
    }

    // Null if PostgreSQL has the same bytes before the place.
    private async Task<string?> WhyNotAsync(WalPast past, uint kept, uint timeline, Lsn place, CancellationToken cancellationToken)
    {
        var last = (Math.Max(place.Value, 1) - 1) / WalSegment.Bytes;
        long compared = 0, missing = 0;
        for (var number = last; number + 1 >= Math.Max(last, 1) && compared < TellingBytes; number--)
        {
            var log = ReadSegment(past, new WalSegment(kept, number), place, cancellationToken);
            if (number == last && log.Length != place - new Lsn(number * WalSegment.Bytes))
            {
                // Nothing compared is not the same as nothing found different.
                return $"what is kept before {place} cannot be read";
            }

            // After a fork the new timeline's segment has the bytes of the old one.
            var segment = new WalSegment(number == place.Segment ? timeline : kept, number);
            switch (await own.BeginsWithAsync(segment, log, cancellationToken))
            {
                case true:
                    compared += log.Length;
                    break;
                case false:
                    return $"PostgreSQL's segment {segment} is another than the one that is kept";
                default:
                    missing += log.Length;
                    break;
            }
        }

        // Right at a fork nothing can be compared; the history says the same.
        return compared >= TellingBytes || missing == 0 || (kept < timeline && place.Offset < TellingBytes)
            ? null
            : $"PostgreSQL no longer has its log before {place}, up to which it is kept";
    }

    private ReadOnlyMemory<byte> ReadSegment(WalPast past, WalSegment segment, Lsn place, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> found = default;
        WalRunReader.Read(
            shelf, past, segment.Timeline, segment.Start, segment.End,
            (_, log, end, _) =>
            {
                var until = place < end ? place : end;
                found = until <= segment.Start ? default : log[..(int)Math.Min(WalSegment.Bytes, until - segment.Start)].ToArray();
                return false;
            },
            cancellationToken);
        return found;
    }

    private bool IsKeptHistory(WalPast past, uint timeline, byte[] history)
    {
        try
        {
            return shelf.FindHistory(past, timeline) is { } kept && kept.AsSpan().SequenceEqual(history);
        }
        catch (BackupException)
        {
            return false;
        }
    }

    private async Task<byte[]> RequireHistoryAsync(uint timeline, CancellationToken cancellationToken) =>
        await own.FindHistoryAsync(timeline, cancellationToken) ?? throw new BackupException(
            BackupTrouble.ToolFailed, $"PostgreSQL has no history of its timeline {timeline}", "was a file removed from its pg_wal?");
}
