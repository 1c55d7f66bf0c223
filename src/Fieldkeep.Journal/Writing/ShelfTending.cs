using Fieldkeep.Journal.Disks;
using Fieldkeep.Journal.Segments;

namespace Fieldkeep.Journal.Writing;

/// <summary>Marks segments drained, and removes those that were kept long enough. What fails is tried again the next time.</summary>
internal sealed class ShelfTending(IJournalDisk disk, Shelf shelf, JournalOptions options, TimeProvider clock)
{
    /// <summary>So many drained segments stay whatever the clock says.</summary>
    public const int KeptAlways = 2;

    private readonly ClockWatch _watch = new(clock, Newest(shelf));
    private readonly List<string> _leftovers = [];

    /// <summary>Does what there is to do.</summary>
    public void Run()
    {
        try
        {
            var segments = shelf.Segments();
            if (Unlink() | Mark(segments) | Remove(segments))
            {
                disk.SyncFolder(string.Empty);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            shelf.Note(new JournalException(JournalTrouble.Broken, $"The journal's folder cannot be kept in order: {e.Message}", e));
        }
    }

    /// <summary>Removes the file of a segment whose creation failed, now or later: no record was ever in it.</summary>
    public void TryUnlink(string file)
    {
        try
        {
            disk.Unlink(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _leftovers.Add(file);
        }
    }

    private bool Unlink()
    {
        var count = _leftovers.Count;
        foreach (var leftover in _leftovers.ToList())
        {
            disk.Unlink(leftover);
            _leftovers.Remove(leftover);
        }

        return count > 0;
    }

    // A mark that a power cut takes back costs nothing: its records are drained once more. What says more of records before it is marked,
    // durably, after those.
    private bool Mark(IReadOnlyList<Segment> segments)
    {
        var (marked, undrained) = (false, -1L);
        foreach (var segment in segments)
        {
            if (shelf.With(() => segment.IsDrainable) && segment.SpeaksFrom > undrained)
            {
                if (segment.SpeaksFrom < segment.Number && marked)
                {
                    disk.SyncFolder(string.Empty);
                }

                Rename(segment, segment.Name with
                {
                    Standing = segment.IsDamaged ? SegmentStanding.Damaged : SegmentStanding.Drained,
                    DrainedAt = clock.GetUtcNow(),
                });
                marked = true;
            }

            undrained = segment.Name.Standing == SegmentStanding.Undrained ? segment.Number : undrained;
        }

        return marked;
    }

    private bool Remove(IReadOnlyList<Segment> segments)
    {
        if (!_watch.IsBelieved())
        {
            return false;
        }

        var (now, changed) = (clock.GetUtcNow(), false);
        var young = segments.Where(segment => segment.Name.Standing == SegmentStanding.Drained).TakeLast(KeptAlways).ToHashSet();
        var kept = -1L;
        for (var at = 0; at < segments.Count; at++)
        {
            var segment = segments[at];
            if (segment.Name is not { Standing: SegmentStanding.Drained, DrainedAt: { } drainedAt })
            {
                kept = segment.Name.Standing == SegmentStanding.Undrained ? segment.Number : kept;
                continue;
            }

            if (drainedAt > now + ClockWatch.Tolerance)
            {
                // Marked while the clock was ahead: its days begin anew.
                Rename(segment, segment.Name with { DrainedAt = now });
                changed = true;
            }
            else if (drainedAt + options.Keep <= now && !young.Contains(segment) && !SpeaksOfAnother(segments, at) && segment.SpeaksFrom > kept)
            {
                shelf.Remove(segment, disk.Unlink);
                changed = true;
            }

            kept = drainedAt + options.Keep > now ? segment.Number : kept;
        }

        return changed;
    }

    // A segment's header says where the one before it ended: it stays as long as somebody may ask.
    private static bool SpeaksOfAnother(IReadOnlyList<Segment> segments, int at) =>
        at > 0 && segments[at - 1].Name.Standing != SegmentStanding.Drained;

    private void Rename(Segment segment, SegmentName name) => shelf.Rename(segment, name, disk.Rename);

    private static DateTimeOffset? Newest(Shelf shelf)
    {
        DateTimeOffset? newest = null;
        foreach (var segment in shelf.Segments())
        {
            var at = segment.Name.DrainedAt > segment.OpenedAt ? segment.Name.DrainedAt : segment.OpenedAt;
            newest = newest > at ? newest : at;
        }

        return newest;
    }
}
