using System.Runtime.CompilerServices;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>The submissions that a page needs, before they are opened.</summary>
/// <param name="Blocks">Them, in order.</param>
/// <param name="Skip">How many of their rows are left out at the beginning.</param>
/// <param name="SkipIn">The submission whose rows those are; null for any.</param>
internal sealed record FeedRows(IAsyncEnumerable<SealedBlock> Blocks, long Skip, long? SkipIn)
{
    /// <summary>
    /// Where the page ends, when so many rows were found as were asked for; null when fewer were found, or when only
    /// reading them tells. Fewer may be read than were found: what lies beyond is still there.
    /// </summary>
    public FeedPlace? End { get; init; }
}

/// <summary>
/// Finds the submissions that a page needs without opening more than those: the submissions' own table by its order, all
/// else by the sealed columns. Callers have checked access.
/// </summary>
internal sealed class FindFeedRows(SubmissionQueries submissions, SealedRows sealedRows, SubmissionsInOrder inOrder, MatchRows match)
{
    // One slice of SealedRows: what is found is opened as it is found, never all at once.
    private const int SliceRows = 2_000;

    /// <summary>Finds a page of the submissions' table without a filter.</summary>
    public async Task<FeedRows> ListAsync(
        SubmissionSet set, FeedPlace? after, long skip, long top, CancellationToken cancellationToken)
    {
        var cursor = after is { } place ? new SubmissionCursor(place.Sequence) : SubmissionCursor.Newest;
        if (skip > 0)
        {
            cursor = await submissions.SkipAsync(set, cursor, skip, cancellationToken);
        }

        return new FeedRows(sealedRows.ReadAsync(set, RowRange.Below(cursor), top, cancellationToken), 0, null);
    }

    /// <summary>Finds a page of what matches.</summary>
    /// <param name="query">What is sought; its place is that of <paramref name="after"/>.</param>
    public async Task<FeedRows> MatchAsync(
        RowQuery query, FeedPlace? after, long skip, long top, CancellationToken cancellationToken)
    {
        if (top == 0)
        {
            return new FeedRows(ReadAsync(query, [], cancellationToken), 0, null);
        }

        if (top == long.MaxValue && skip == 0 && after is null)
        {
            return new FeedRows(StreamAsync(query, cancellationToken), 0, null);
        }

        var (chosen, first, left, end) = (new List<long>(), 0L, top, (FeedPlace?)null);
        await foreach (var row in ListAsync(query, cancellationToken))
        {
            // Those that the page before gave are no part of this one's rows.
            var rows = row.Rows - (after is { } place && place.Sequence == row.Sequence ? Math.Min(place.Rows, row.Rows) : 0);
            if (skip >= rows)
            {
                skip -= rows;
                continue;
            }

            if (chosen.Count == 0)
            {
                first = row.Rows - rows + skip;
            }

            chosen.Add(row.Sequence);
            left -= rows - skip;
            skip = 0;
            if (left <= 0)
            {
                end = new FeedPlace(row.Sequence, (int)(row.Rows + left));
                break;
            }
        }

        return new FeedRows(ReadAsync(query, chosen, cancellationToken), first, chosen.Count > 0 ? chosen[0] : null) { End = end };
    }

    /// <summary>Finds a page of the submissions' table in another order than that of arrival, and one row more.</summary>
    /// <param name="query">What is sought; null for all.</param>
    public async Task<FeedRows> OrderAsync(
        SubmissionSet set, SubmissionOrder order, RowQuery? query, long skip, long top, CancellationToken cancellationToken)
    {
        List<long>? chosen = null;
        if (query is not null)
        {
            chosen = [];
            await foreach (var row in ListAsync(query, cancellationToken))
            {
                chosen.Add(row.Sequence);
            }
        }

        var most = top == long.MaxValue ? top : top + 1;
        var sequences = await inOrder.ListAsync(set, order, chosen, skip, most, cancellationToken);
        return new FeedRows(ReadListedAsync(set, sequences, query?.WithTrash ?? false, cancellationToken), 0, null)
        {
            End = top > 0 && sequences.Count > top ? new FeedPlace(sequences[(int)top - 1], 1) : null,
        };
    }

    /// <summary>Tells whether anything matches after a place.</summary>
    public async Task<bool> AnyAsync(RowQuery query, FeedPlace after, CancellationToken cancellationToken)
    {
        await foreach (var row in ListAsync(query, cancellationToken))
        {
            if (row.Sequence < after.Sequence || row.Rows > after.Rows)
            {
                return true;
            }
        }

        return false;
    }

    private async IAsyncEnumerable<MatchedRow> ListAsync(
        RowQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var portion in match.StreamAsync(query, cancellationToken))
        {
            foreach (var row in portion)
            {
                yield return row;
            }
        }
    }

    private async IAsyncEnumerable<SealedBlock> ReadListedAsync(
        SubmissionSet set, IReadOnlyList<long> sequences, bool withTrash, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var slice in sequences.Chunk(SliceRows))
        {
            await foreach (var block in sealedRows.ReadListedAsync(set, slice, withTrash, cancellationToken))
            {
                yield return block;
            }
        }
    }

    private async IAsyncEnumerable<SealedBlock> StreamAsync(
        RowQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var portion in match.StreamAsync(query, cancellationToken))
        {
            await foreach (var block in ReadAsync(query, [.. portion.Select(row => row.Sequence)], cancellationToken))
            {
                yield return block;
            }
        }
    }

    private async IAsyncEnumerable<SealedBlock> ReadAsync(
        RowQuery query, IReadOnlyList<long> chosen, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var slice in chosen.Chunk(SliceRows))
        {
            await foreach (var block in sealedRows.ReadChosenAsync(query.Set, slice, query.WithTrash, cancellationToken))
            {
                yield return block;
            }
        }
    }
}
