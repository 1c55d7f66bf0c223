using System.Security.Cryptography;
using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.Vault;

namespace Fieldkeep.Server.Answers;

/// <summary>Asks a filter of a segment: the columns it needs are opened, and the few rows that have changed since.</summary>
internal sealed class MatchInSegment(SegmentStore store, SegmentSealing sealing, SubmissionFacts submissions, MatchInRows changed)
{
    /// <summary>
    /// Gives the rows that are sought, newest first; null when the segment cannot be believed or is gone, so that its rows
    /// must be opened. One that is broken is dropped, and gathered again later.
    /// </summary>
    public async Task<IReadOnlyList<MatchedRow>?> FindAsync(RowQuery query, SegmentPlace place, CancellationToken cancellationToken)
    {
        var names = query.Columns.Keys.Concat(query.Counted.Select(ColumnKeys.RowsOf))
            .Concat(query.Columns.Values.Where(table => table.Index > 0).Select(ColumnKeys.RowsOf))
            .Distinct(StringComparer.Ordinal).Select(query.Layout.NameOf).ToList();
        if (await store.FindAsync(place.Id, names, cancellationToken) is not { } content)
        {
            return null;
        }

        try
        {
            var head = sealing.OpenHead(query.Set.Project, place, content.Head);
            using var chunk = Open(query, place, head, content);
            return await FindAsync(query, head, content, chunk, cancellationToken);
        }
        catch (Exception problem) when (problem is VaultException or BrokenSegmentException)
        {
            await store.DropAsync(place.Id, cancellationToken);
            return null;
        }
    }

    private AnswerChunk Open(RowQuery query, SegmentPlace place, SegmentHead head, SegmentContent content)
    {
        var chunk = new AnswerChunk(head.Sequences.Length);
        try
        {
            foreach (var table in query.Counted.Concat(query.Columns.Values.Where(table => table.Index > 0)).Distinct())
            {
                using var counts = OpenColumn(query, place, head, content, ColumnKeys.RowsOf(table), head.Sequences.Length, "");
                chunk.AddCounts(table, counts?.ReadNumbers(int.MaxValue) ?? new int[head.Sequences.Length]);
            }

            foreach (var (key, table) in query.Columns)
            {
                if (OpenColumn(query, place, head, content, key, chunk.RowsOf(table.Index), table.Path) is { } column)
                {
                    chunk.Add(key, column);
                }
            }

            return chunk;
        }
        catch
        {
            chunk.Dispose();
            throw;
        }
    }

    private ColumnValues? OpenColumn(
        RowQuery query, SegmentPlace place, SegmentHead head, SegmentContent content, string key, int count, string table)
    {
        var nameMac = query.Layout.NameOf(key);
        var name = SegmentHead.NameOf(nameMac);
        if (!head.Columns.TryGetValue(name, out var hasAnswers))
        {
            // The form asked this only later. Nobody can have answered, unless an instance had what the form did not know.
            return head.HasStrays ? throw new BrokenSegmentException("A segment is older than a question that its rows may hold.") : null;
        }

        if (content.Columns.TryGetValue(name, out var body) != hasAnswers)
        {
            throw new BrokenSegmentException("A segment has lost a column, or has one too many.");
        }

        if (!hasAnswers)
        {
            return null;
        }

        // The span given is a byte array for as long as it is read.
        var plain = sealing.OpenColumn(query.Set.Project, place.Id, nameMac, body);
        try
        {
            return ColumnValues.Read(plain, count, table);
        }
        catch
        {
            CryptographicOperations.ZeroMemory(plain);
            throw;
        }
    }

    private async Task<IReadOnlyList<MatchedRow>> FindAsync(
        RowQuery query, SegmentHead head, SegmentContent content, AnswerChunk chunk, CancellationToken cancellationToken)
    {
        var before = query.After.Sequence;
        var apart = content.Changed.Concat(head.Opaque.Select(position => head.Sequences[position]))
            .Where(sequence => sequence < before).ToHashSet();
        var skipped = new HashSet<long>(apart);
        if (!query.WithTrash)
        {
            skipped.UnionWith(content.Trash);
        }

        var mask = FilterMask.Of(query.Condition, chunk, 0, null);
        if (query.Condition.AsksFacts)
        {
            mask = await AskFactsAsync(query, head, chunk, mask, skipped, cancellationToken);
        }

        var counts = query.Repeat is { } repeat ? chunk.CountsOf(repeat.Index) : null;
        var found = new List<MatchedRow>();
        for (var at = 0; at < mask.Length; at++)
        {
            var sequence = head.Sequences[at];
            if (mask[at] == FilterMask.Holds && sequence < before && (counts?[at] ?? 1) is > 0 and var count && !skipped.Contains(sequence))
            {
                found.Add(new MatchedRow(sequence, count));
            }
        }

        return apart.Count == 0
            ? found
            : [.. found.Concat(await changed.FindAsync(query, apart, cancellationToken)).OrderByDescending(row => row.Sequence)];
    }

    // Only of the rows that the answers leave open.
    private async Task<byte[]> AskFactsAsync(
        RowQuery query, SegmentHead head, AnswerChunk chunk, byte[] mask, HashSet<long> skipped, CancellationToken cancellationToken)
    {
        var open = Enumerable.Range(0, mask.Length)
            .Where(at => mask[at] == FilterMask.Unknown && head.Sequences[at] < query.After.Sequence && !skipped.Contains(head.Sequences[at]))
            .Select(at => head.Sequences[at]).ToArray();
        if (open.Length == 0)
        {
            return mask;
        }

        var known = await submissions.OfAsync(query.Set.Form, open, cancellationToken);
        return FilterMask.Of(query.Condition, chunk, 0, [.. head.Sequences.Select(known.GetValueOrDefault)]);
    }
}
