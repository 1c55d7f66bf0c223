using System.Runtime.CompilerServices;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Submissions.Reading;
using Npgsql;
using NpgsqlTypes;

namespace Fieldkeep.Server.Submissions.Contents;

/// <summary>Which submissions of a set are meant, by sequence number.</summary>
/// <param name="After">The number below the oldest; itself not meant.</param>
/// <param name="Before">The number above the newest; itself not meant.</param>
/// <param name="WithTrash">Whether those in the trash are meant too.</param>
internal readonly record struct RowRange(long After, long Before, bool WithTrash = false)
{
    /// <summary>All that a list shows below a place.</summary>
    public static RowRange Below(SubmissionCursor cursor) => new(0, cursor.Sequence);
}

/// <summary>Streams sealed submissions from the database in order, newest first. Callers check access first.</summary>
/// <remarks>
/// Read in slices by sequence number, so that a slow taker holds a connection and a snapshot for one slice only.
/// Each row is whole and current when it is read; what arrives after the beginning is not in it.
/// </remarks>
internal sealed class SealedRows(Db db)
{
    // 2,000 rows take some 20 ms: the price of a slice's beginning vanishes in it.
    private const int SliceRows = 2_000;

    private const string Columns = """
        s.id, s.sequence, s.instance_id, s.submitter_id, s.review_state, s.current_version, v.form_version_id,
        s.attachments_expected, s.attachments_present, s.created_at, s.updated_at, s.deleted_at, v.xml_blob, v.xml, v.meta,
        case when v.encrypted_ordinal is not null then answers.size is not null end as has_encrypted, answers.size,
        s.deployment_id, s.state, s.stage_id, v.confidential,
        case when @whole and v.confidential is not null then (
            select c.sealed from submissions.confidential c where c.submission_id = s.id and c.version = s.current_version) end
        """;

    private const string Contents = """
        cross join lateral (
            select form_version_id, xml_blob, xml, meta, encrypted_ordinal, confidential
            from submissions.versions where submission_id = s.id and version = s.current_version limit 1) v
        left join lateral (
            select coalesce(a.size, 0) as size from submissions.attachments a
            where v.encrypted_ordinal is not null and a.submission_id = s.id and a.version = s.current_version
              and a.ordinal = v.encrypted_ordinal and a.blob is not null limit 1) answers on true
        """;

    // The slice is cut before the sealed bytes are joined: however the planner guesses, it never sorts those.
    private const string Slice = $"""
        select {Columns}
        from (
            select id, sequence, instance_id, submitter_id, review_state, current_version, attachments_expected,
                   attachments_present, created_at, updated_at, deleted_at, deployment_id, state, stage_id
            from submissions.submissions s
            where form_id = @form and is_draft = @draft and sequence < @before and sequence > @after and (deleted_at is null or @trash)
            {VisibleRows.Limit}
            order by sequence desc limit @limit) s
        {Contents}
        order by s.sequence desc
        """;

    private const string Some = $"""
        select {Columns}
        from unnest(@sequences::bigint[]) with ordinality wanted (sequence, place)
        join submissions.submissions s
            on s.form_id = @form and s.is_draft = @draft and s.sequence = wanted.sequence and (s.deleted_at is null or @trash)
            {VisibleRows.Limit}
        {Contents}
        """;

    private const string NewestFirst = $"{Some} order by s.sequence desc";
    private const string AsListed = $"{Some} order by wanted.place";

    /// <summary>Gives blocks of at most <paramref name="limit"/> rows in all. Whoever gets a block disposes it.</summary>
    public async IAsyncEnumerable<SealedBlock> ReadAsync(
        SubmissionSet set, RowRange range, long limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var before = range.Before;
        for (var left = limit; left > 0;)
        {
            var wanted = (int)Math.Min(left, SliceRows);
            var got = 0;
            await foreach (var block in ReadSliceAsync(set, range with { Before = before }, wanted, cancellationToken))
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

    /// <summary>Gives the rows of some sequence numbers, newest first; those that are gone are left out.</summary>
    public IAsyncEnumerable<SealedBlock> ReadChosenAsync(
        SubmissionSet set, IReadOnlyCollection<long> sequences, bool withTrash, CancellationToken cancellationToken) =>
        ReadSomeAsync(NewestFirst, set, sequences, withTrash, cancellationToken);

    /// <summary>Gives the rows of some sequence numbers in the order of those; those that are gone are left out.</summary>
    public IAsyncEnumerable<SealedBlock> ReadListedAsync(
        SubmissionSet set, IReadOnlyCollection<long> sequences, bool withTrash, CancellationToken cancellationToken) =>
        ReadSomeAsync(AsListed, set, sequences, withTrash, cancellationToken);

    private IAsyncEnumerable<SealedBlock> ReadSomeAsync(
        string sql, SubmissionSet set, IReadOnlyCollection<long> sequences, bool withTrash, CancellationToken cancellationToken) =>
        ReadBlocksAsync(
            sql,
            set,
            withTrash,
            parameters => parameters.AddWithValue("sequences", NpgsqlDbType.Array | NpgsqlDbType.Bigint, sequences.ToArray()),
            cancellationToken);

    private IAsyncEnumerable<SealedBlock> ReadSliceAsync(
        SubmissionSet set, RowRange range, int limit, CancellationToken cancellationToken) =>
        ReadBlocksAsync(
            Slice,
            set,
            range.WithTrash,
            parameters =>
            {
                parameters.AddWithValue("before", NpgsqlDbType.Bigint, range.Before);
                parameters.AddWithValue("limit", NpgsqlDbType.Integer, limit);
                parameters.AddWithValue("after", NpgsqlDbType.Bigint, range.After);
            },
            cancellationToken);

    private async IAsyncEnumerable<SealedBlock> ReadBlocksAsync(
        string sql,
        SubmissionSet set,
        bool withTrash,
        Action<NpgsqlParameterCollection> bind,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        SealedBlock? block = null;
        try
        {
            var rows = db.StreamAsync(
                VisibleRows.In(sql, set.Rows),
                parameters =>
                {
                    parameters.AddWithValue("form", NpgsqlDbType.Bigint, set.Form.Value);
                    parameters.AddWithValue("draft", NpgsqlDbType.Boolean, set.IsDraft);
                    parameters.AddWithValue("whole", NpgsqlDbType.Boolean, set.IsWhole);
                    parameters.AddWithValue("trash", NpgsqlDbType.Boolean, withTrash);
                    bind(parameters);
                    VisibleRows.Bind(parameters, set.Rows);
                },
                reader =>
                {
                    (block ??= new SealedBlock(set.IsWhole)).Add(reader, set.Rows.HidesProvenance);
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
