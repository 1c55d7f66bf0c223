using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.Server.Submissions.Contents;

namespace Fieldkeep.Server.Answers;

/// <summary>Asks a filter of submissions by opening each: of those in no segment yet, and of those that have changed.</summary>
internal sealed class MatchInRows(SealedRows rows, OpenInstances open)
{
    /// <summary>Gives those of a block that are sought, newest first.</summary>
    public async Task<IReadOnlyList<MatchedRow>> FindAsync(RowQuery query, SealedBlock block, CancellationToken cancellationToken)
    {
        using var gathered = new GatheredRows(query.Layout.Tables, query.Columns.ContainsKey);
        var damaged = new bool[block.Rows.Count];
        for (var at = 0; at < block.Rows.Count; at++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var device = query.Columns.ContainsKey(ColumnKeys.Device) ? open.SenderOf(query.Set.Project, block, at).DeviceId : null;
                var version = query.Layout.VersionOf(block.Rows[at].FormVersion);
                await open.OpenAsync(
                    query.Set.Project, block, at, xml => gathered.Add(xml, device, version), cancellationToken);
            }
            catch (Exception problem) when (OpenInstances.IsDamage(problem))
            {
                gathered.AddNothing();
                damaged[at] = true;
            }
        }

        using var chunk = ChunkOf(query, gathered);
        var mask = FilterMask.Of(query.Condition, chunk, 0, [.. block.Rows.Select(FactsOf)]);
        var counts = query.Repeat is { } repeat ? chunk.CountsOf(repeat.Index) : null;
        var found = new List<MatchedRow>();
        for (var at = 0; at < mask.Length; at++)
        {
            // Nobody knows what a damaged submission answered: it is not found by answers.
            if (mask[at] == FilterMask.Holds && !(damaged[at] && query.Condition.AsksAnswers) && (counts?[at] ?? 1) is > 0 and var count)
            {
                found.Add(new MatchedRow(block.Rows[at].Sequence, count));
            }
        }

        return found;
    }

    /// <summary>Gives those of some sequence numbers that are sought, newest first.</summary>
    public async Task<IReadOnlyList<MatchedRow>> FindAsync(
        RowQuery query, IReadOnlyCollection<long> sequences, CancellationToken cancellationToken)
    {
        var found = new List<MatchedRow>();
        await foreach (var block in rows.ReadChosenAsync(query.Set, sequences, query.WithTrash, cancellationToken))
        {
            using (block)
            {
                found.AddRange(await FindAsync(query, block, cancellationToken));
            }
        }

        return found;
    }

    private static AnswerChunk ChunkOf(RowQuery query, GatheredRows gathered)
    {
        var chunk = new AnswerChunk(gathered.Count);
        foreach (var column in gathered.Columns)
        {
            var table = query.Layout.Tables.Tables[column.Table];
            if (query.Columns.ContainsKey(column.Key) && column.Cells.Count > 0)
            {
                chunk.Add(column.Key, ColumnValues.Read(gathered.Write(column), gathered.RowsOf(column.Table), table.Path));
            }
        }

        foreach (var table in query.Counted)
        {
            var counted = gathered.Columns.Single(column => column.Key == ColumnKeys.RowsOf(table));
            using var values = ColumnValues.Read(gathered.Write(counted), gathered.Count, "");
            chunk.AddCounts(table, values.ReadNumbers(int.MaxValue));
        }

        return chunk;
    }

    private static RowFacts FactsOf(SealedRow row) => new(
        row.Sequence,
        row.InstanceId,
        row.Submitter,
        row.ReviewState,
        row.Version,
        row.AttachmentsExpected,
        row.AttachmentsPresent,
        row.CreatedAt,
        row.UpdatedAt,
        row.DeletedAt,
        row.Standing?.Deployment.Value,
        row.Standing?.State,
        row.Standing?.Stage?.Value);
}
