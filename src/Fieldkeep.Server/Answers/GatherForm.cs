using System.Collections.Concurrent;
using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Answers;

/// <summary>When answers are gathered.</summary>
/// <param name="TailRows">So many submissions in no segment make one worth while: opening them costs 15 ms.</param>
/// <param name="FullRows">Rows of a segment that is never joined with others.</param>
/// <param name="ChangedRows">So many changed rows make it worth while to gather a segment again.</param>
/// <param name="RushRows">So many in no segment make one worth while even in a rush: they cost a filter a second.</param>
internal sealed record GatherRules(
    int TailRows = 512, int FullRows = SegmentHead.MostRows, int ChangedRows = 64, int RushRows = 4 * SegmentHead.MostRows);

/// <summary>
/// Does the next piece of work on a form's segments: fills a gap, takes in what is new, joins small ones, gathers those
/// again that have changed much.
/// </summary>
internal sealed class GatherForm(Db db, SegmentStore store, WriteSegment write, SettledSequences settled, GatherPace pace)
{
    private const int LooksAtWriters = 40;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    // Up to where joining was tried and did not fit into one segment: a form with very many questions. Lost with the
    // process, which costs one more try.
    private readonly ConcurrentDictionary<(FormId Form, long Life), long> _unjoinable = new();

    /// <summary>Does one piece of work; false when there is none.</summary>
    public async Task<bool> RunAsync(SubmissionSet set, GatherRules rules, CancellationToken cancellationToken)
    {
        pace.Begin();
        var segments = await store.ListAsync(set.Form, long.MaxValue, cancellationToken);
        if (FindGap(segments) is { } gap)
        {
            await WriteAsync(set, gap, rules, cancellationToken);
            return true;
        }

        return await TakeInTailAsync(set, segments, rules, cancellationToken)
            || await JoinAsync(set, segments, rules, cancellationToken)
            || await TakeInChangesAsync(set, segments, rules, cancellationToken);
    }

    // A segment was dropped there, or not all rows fitted into the one above.
    private static (long After, long Through)? FindGap(IReadOnlyList<SegmentPlace> newestFirst)
    {
        for (var at = 0; at < newestFirst.Count; at++)
        {
            var below = at + 1 < newestFirst.Count ? newestFirst[at + 1].ThroughSequence : 0;
            if (newestFirst[at].AfterSequence > below)
            {
                return (below, newestFirst[at].AfterSequence);
            }
        }

        return null;
    }

    private async Task<bool> TakeInTailAsync(
        SubmissionSet set, IReadOnlyList<SegmentPlace> segments, GatherRules rules, CancellationToken cancellationToken)
    {
        var after = segments.Count > 0 ? segments[0].ThroughSequence : 0;
        var enough = pace.IsRush() ? rules.RushRows : rules.TailRows;
        if (await store.CountTailAsync(set.Form, after, enough, cancellationToken) < enough
            || await settled.LookAsync(set.Form, cancellationToken) is not { } looked)
        {
            return false;
        }

        for (var looks = 0; !await settled.IsSettledAsync(looked, cancellationToken); looks++)
        {
            if (looks == LooksAtWriters)
            {
                return false;
            }

            await Task.Delay(BetweenLooks, cancellationToken);
        }

        await WriteAsync(set, (after, looked.Sequence), rules, cancellationToken);
        return true;
    }

    // Each row is gathered twice at most for it: once when it is new, once when its neighbours fill a segment.
    private async Task<bool> JoinAsync(
        SubmissionSet set, IReadOnlyList<SegmentPlace> segments, GatherRules rules, CancellationToken cancellationToken)
    {
        var key = (set.Form, db.Life.Number);
        var tried = _unjoinable.GetValueOrDefault(key);
        if (FindRun(segments.Where(place => place.ThroughSequence > tried).Reverse(), rules.FullRows) is not { } run)
        {
            return false;
        }

        var reached = await WriteAsync(set, (run[0].AfterSequence, run[^1].ThroughSequence), rules, cancellationToken);
        if (reached > run[0].AfterSequence)
        {
            _unjoinable[key] = run[^1].ThroughSequence;
        }

        return true;
    }

    // Small neighbours that nearly fill a segment, or that more than half fill one and cannot grow.
    private static List<SegmentPlace>? FindRun(IEnumerable<SegmentPlace> oldestFirst, int fullRows)
    {
        var run = new List<SegmentPlace>();
        var rows = 0;
        foreach (var place in oldestFirst)
        {
            if (rows + place.Rows > fullRows || place.Rows > fullRows / 2)
            {
                if (run.Count > 1 && rows > fullRows / 2)
                {
                    return run;
                }

                run.Clear();
                rows = 0;
            }

            if (place.Rows <= fullRows / 2)
            {
                run.Add(place);
                rows += place.Rows;
            }
        }

        return run.Count > 1 && rows > fullRows / 4 * 3 ? run : null;
    }

    private async Task<bool> TakeInChangesAsync(
        SubmissionSet set, IReadOnlyList<SegmentPlace> segments, GatherRules rules, CancellationToken cancellationToken)
    {
        if (segments.Count == 0)
        {
            return false;
        }

        var changes = await SubmissionChanges.ListAsync(db, set.Form, 0, segments[0].ThroughSequence, cancellationToken);
        var most = segments
            .Select(place => (Place: place, Rows: changes.Where(change => change.Sequence > place.AfterSequence && change.Sequence <= place.ThroughSequence)
                .Select(change => change.Sequence).Distinct().Count()))
            .MaxBy(one => one.Rows);
        if (most.Rows == 0 || (most.Rows < rules.ChangedRows && changes.Count < rules.ChangedRows * 8))
        {
            return false;
        }

        await WriteAsync(set, (most.Place.AfterSequence, most.Place.ThroughSequence), rules, cancellationToken);
        return true;
    }

    private Task<long> WriteAsync(
        SubmissionSet set, (long After, long Through) stretch, GatherRules rules, CancellationToken cancellationToken) =>
        write.RunAsync(set, stretch.After, stretch.Through, rules.FullRows, pace.RestAsync, cancellationToken);
}
