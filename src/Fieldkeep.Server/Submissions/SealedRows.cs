using System.Runtime.CompilerServices;
using Fieldkeep.Server.Database;
using NpgsqlTypes;

namespace Fieldkeep.Server.Submissions;

/// <summary>Streams sealed submissions from the database in order, newest first. Callers check access first.</summary>
/// <remarks>
/// Read in slices by sequence number, so that a slow taker holds a connection and a snapshot for one slice only.
/// Each row is whole and current when it is read; what arrives after the beginning is not in it.
/// </remarks>
internal sealed class SealedRows(Db db)
{
    // 2,000 rows take some 20 ms: the price of a slice's beginning vanishes in it.
    private const int SliceRows = 2_000;

    // The slice is cut before the sealed bytes are joined: however the planner guesses, it never sorts those.
    private const string Slice = """
        select s.id, s.sequence, s.instance_id, s.submitter_id, s.review_state, s.current_version, v.form_version_id,
               s.attachments_expected, s.attachments_present, s.created_at, s.updated_at, v.xml_blob, v.xml, v.meta
        from (
            select id, sequence, instance_id, submitter_id, review_state, current_version, attachments_expected,
                   attachments_present, created_at, updated_at
            from submissions.submissions
            where form_id = $1 and is_draft = $2 and sequence < $3 and deleted_at is null
            order by sequence desc limit $4) s
        cross join lateral (
            select form_version_id, xml_blob, xml, meta
            from submissions.versions where submission_id = s.id and version = s.current_version limit 1) v
        order by s.sequence desc
        """;

    /// <summary>Gives blocks of at most <paramref name="limit"/> rows in all. Whoever gets a block disposes it.</summary>
    public async IAsyncEnumerable<SealedBlock> ReadAsync(
        SubmissionSet set, SubmissionCursor after, long limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var before = after.Sequence;
        for (var left = limit; left > 0;)
        {
            var wanted = (int)Math.Min(left, SliceRows);
            var got = 0;
            await foreach (var block in ReadSliceAsync(set, before, wanted, cancellationToken))
            {
                got += block.Rows.Count;
                before = block.Rows[^1].Sequence;
                yield return block;
            }

            if (got < wanted)
            {
                yield break;
            }

            left -= got;
        }
    }

    private async IAsyncEnumerable<SealedBlock> ReadSliceAsync(
        SubmissionSet set, long before, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        SealedBlock? block = null;
        try
        {
            var rows = db.StreamAsync(
                Slice,
                parameters =>
                {
                    parameters.AddWithValue(NpgsqlDbType.Bigint, set.Form.Value);
                    parameters.AddWithValue(NpgsqlDbType.Boolean, set.IsDraft);
                    parameters.AddWithValue(NpgsqlDbType.Bigint, before);
                    parameters.AddWithValue(NpgsqlDbType.Integer, limit);
                },
                reader =>
                {
                    (block ??= new SealedBlock()).Add(reader);
                    return block.IsFull;
                },
                cancellationToken);
            await foreach (var isFull in rows)
            {
                if (isFull && block is { } full)
                {
                    block = null;
                    yield return full;
                }
            }

            if (block is { } last)
            {
                block = null;
                yield return last;
            }
        }
        finally
        {
            block?.Dispose();
        }
    }
}
