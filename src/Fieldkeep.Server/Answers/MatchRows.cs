using System.Runtime.CompilerServices;
using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Answers;

/// <summary>
/// Finds submissions by their answers and by what is known about them, newest first, on all cores: in segments where
/// there are some, else by opening each. Memory is bounded by the few pieces under way. Callers have checked access.
/// </summary>
internal sealed class MatchRows(
    SegmentStore store,
    MatchInSegment inSegment,
    MatchInRows inRows,
    SubmissionFacts submissions,
    SeenRows seen,
    SealedRows rows,
    MatchPlaces places)
{
    // One block of SealedRows.
    private const int BlockRows = 128;

    /// <summary>Gives what is found in portions, in order; whoever has enough stops asking.</summary>
    public async IAsyncEnumerable<IReadOnlyList<MatchedRow>> StreamAsync(
        RowQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var underWay = new Queue<Task<IReadOnlyList<MatchedRow>>>();
        var pieces = CutAsync(query, stop.Token).GetAsyncEnumerator(stop.Token);
        try
        {
            var isMore = true;
            while (isMore || underWay.Count > 0)
            {
                // The first piece waits for its turn; others are begun when nobody else wants the place.
                while (isMore && underWay.Count < MatchPlaces.Most && await TryEnterAsync(isFirst: underWay.Count == 0, stop.Token))
                {
                    isMore = await TryBeginAsync(pieces, underWay);
                }

                if (underWay.TryDequeue(out var oldest) && await LeaveSeenAsync(query, await oldest, stop.Token) is { Count: > 0 } found)
                {
                    yield return found;
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(underWay).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await pieces.DisposeAsync();
        }
    }

    /// <summary>Counts what is found.</summary>
    public async Task<long> CountAsync(RowQuery query, CancellationToken cancellationToken)
    {
        long count = 0;
        await foreach (var found in StreamAsync(query, cancellationToken))
        {
            foreach (var row in found)
            {
                count += row.Rows;
            }
        }

        return count;
    }

    // Segments and facts know no person.
    private async Task<IReadOnlyList<MatchedRow>> LeaveSeenAsync(
        RowQuery query, IReadOnlyList<MatchedRow> found, CancellationToken cancellationToken)
    {
        if (query.Set.Rows.IsAll || found.Count == 0)
        {
            return found;
        }

        var seenRows = await seen.OfAsync(query.Set, [.. found.Select(row => row.Sequence)], cancellationToken);
        return [.. found.Where(row => seenRows.Contains(row.Sequence))];
    }

    private async Task<bool> TryEnterAsync(bool isFirst, CancellationToken cancellationToken)
    {
        if (isFirst)
        {
            await places.EnterAsync(cancellationToken);
            return true;
        }

        return places.TryEnter();
    }

    // In a place, which the piece leaves at its end.
    private async Task<bool> TryBeginAsync(
        IAsyncEnumerator<Task<IReadOnlyList<MatchedRow>>> pieces, Queue<Task<IReadOnlyList<MatchedRow>>> underWay)
    {
        var isBegun = false;
        try
        {
            if (isBegun = await pieces.MoveNextAsync())
            {
                underWay.Enqueue(LeaveAfterAsync(pieces.Current));
            }

            return isBegun;
        }
        finally
        {
            if (!isBegun)
            {
                places.Leave();
            }
        }
    }

    private async Task<IReadOnlyList<MatchedRow>> LeaveAfterAsync(Task<IReadOnlyList<MatchedRow>> piece)
    {
        try
        {
            return await piece;
        }
        finally
        {
            places.Leave();
        }
    }

    // Each piece is begun when it is asked for, and finds on its own.
    private async IAsyncEnumerable<Task<IReadOnlyList<MatchedRow>>> CutAsync(
        RowQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!query.Set.IsDraft && query is { Condition.AsksAnswers: false, Repeat: null })
        {
            await foreach (var piece in CutFactsAsync(query, cancellationToken))
            {
                yield return Task.FromResult(piece);
            }

            yield break;
        }

        // Tests of a draft are few and are never gathered.
        var before = query.After.Sequence;
        foreach (var place in query.Set.IsDraft ? [] : await store.ListAsync(query.Set.Form, before, cancellationToken))
        {
            await foreach (var piece in CutRowsAsync(query, place.ThroughSequence, before, cancellationToken))
            {
                yield return piece;
            }

            yield return FindInSegmentAsync(query, place, cancellationToken);
            before = Math.Min(before, place.AfterSequence + 1);
        }

        await foreach (var piece in CutRowsAsync(query, 0, before, cancellationToken))
        {
            yield return piece;
        }
    }

    private async IAsyncEnumerable<Task<IReadOnlyList<MatchedRow>>> CutRowsAsync(
        RowQuery query, long after, long before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (after + 1 < before && await ReadBlockAsync(query, new RowRange(after, before, query.WithTrash), cancellationToken) is { } block)
        {
            before = block.Rows[^1].Sequence;
            yield return FindInBlockAsync(query, block, cancellationToken);
        }
    }

    // One at a time: who waits for a place must not hold a connection that another needs to leave theirs.
    private async Task<SealedBlock?> ReadBlockAsync(RowQuery query, RowRange range, CancellationToken cancellationToken)
    {
        await foreach (var block in rows.ReadAsync(query.Set, range, BlockRows, cancellationToken))
        {
            return block;
        }

        return null;
    }

    private async IAsyncEnumerable<IReadOnlyList<MatchedRow>> CutFactsAsync(
        RowQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var before = query.After.Sequence;
        using var nothing = new Filters.AnswerChunk(1);
        var bounds = Filters.FactBounds.Of(query.Condition);
        while (true)
        {
            var facts = await submissions.ListAsync(
                query.Set.Form, before, query.WithTrash, bounds, SegmentHead.MostRows, cancellationToken);
            yield return
            [
                .. facts.Where(row => Filters.FilterMask.Of(query.Condition, nothing, 0, [row])[0] == Filters.FilterMask.Holds)
                    .Select(row => new MatchedRow(row.Sequence, 1)),
            ];
            if (facts.Count < SegmentHead.MostRows)
            {
                yield break;
            }

            before = facts[^1].Sequence;
        }
    }

    private async Task<IReadOnlyList<MatchedRow>> FindInBlockAsync(
        RowQuery query, SealedBlock block, CancellationToken cancellationToken)
    {
        // Leaves the caller's thread, so that every core gets a piece.
        await Task.Yield();
        using (block)
        {
            return await inRows.FindAsync(query, block, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<MatchedRow>> FindInSegmentAsync(
        RowQuery query, SegmentPlace place, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (await inSegment.FindAsync(query, place, cancellationToken) is { } found)
        {
            return found;
        }

        var opened = new List<MatchedRow>();
        var range = new RowRange(
            place.AfterSequence, Math.Min(place.ThroughSequence + 1, query.After.Sequence), query.WithTrash);
        await foreach (var block in rows.ReadAsync(query.Set, range, long.MaxValue, cancellationToken))
        {
            using (block)
            {
                opened.AddRange(await inRows.FindAsync(query, block, cancellationToken));
            }
        }

        return opened;
    }
}
