using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Answers.Segments;

/// <summary>Keeps segments in the database. What it gives is sealed; callers have checked access.</summary>
internal sealed class SegmentStore(Db db)
{
    /// <summary>The room's rows of an erased project.</summary>
    public static readonly RowsOfProject Deletion = new(10, """
        delete from answers.segments where id in (select id from answers.segments where project_id = @project or form_id = any (@forms) limit @rows)
        returning null::bytea
        """);

    private const string Places = """
        select id, form_id, after_sequence, through_sequence, rows
        from answers.segments where form_id = @form and after_sequence < @before order by through_sequence desc
        """;

    // One statement and so one moment: what a segment says, and which of its rows have changed since.
    private const string Content = """
        select null as name_mac, s.head as body,
               array(select distinct c.sequence from submissions.changes_view c
                     where c.form_id = s.form_id and c.sequence > s.after_sequence and c.sequence <= s.through_sequence) as changed,
               array(select t.sequence from submissions.trash_view t
                     where t.form_id = s.form_id and t.sequence > s.after_sequence and t.sequence <= s.through_sequence) as trash
        from answers.segments s where s.id = @segment
        union all
        select c.name_mac, c.body, null, null
        from answers.columns c where c.segment_id = @segment and c.name_mac = any (@names)
        """;

    private const string Tail = """
        select count(*) from (
            select from submissions.submissions_view where form_id = @form and sequence > @after order by sequence limit @most) tail
        """;

    private const string Lock = "select pg_advisory_xact_lock(hashtext('answers.segments'), @form::integer)";

    private const string Within = """
        select id, form_id, after_sequence, through_sequence, rows
        from answers.segments where form_id = @form and through_sequence > @after and after_sequence < @through
        """;

    private const string Insert = """
        insert into answers.segments (id, form_id, project_id, after_sequence, through_sequence, rows, head, created_at)
        values (@id, @form, @project, @after, @through, @rows, @head, @now)
        """;

    private const string InsertColumns = """
        insert into answers.columns (segment_id, name_mac, body)
        select @id, name_mac, body from unnest(@names::bytea[], @bodies::bytea[]) as input (name_mac, body)
        """;

    private const string Delete = "delete from answers.segments where id = any (@ids)";
    private const string DeleteOfForm = "delete from answers.segments where form_id = @form";

    private const string DeleteAround = """
        delete from answers.segments where form_id = @form and through_sequence >= @sequence and after_sequence < @sequence
        """;

    /// <summary>Lists the segments of a form that hold anything below a sequence number, newest first.</summary>
    public Task<IReadOnlyList<SegmentPlace>> ListAsync(FormId form, long before, CancellationToken cancellationToken) =>
        db.ListAsync<SegmentPlace>(Places, new { form, before }, cancellationToken);

    /// <summary>Reads a segment with some of its columns; null when it is gone.</summary>
    public async Task<SegmentContent?> FindAsync(
        Guid segment, IReadOnlyCollection<byte[]> names, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<ContentRow>(Content, new { segment, names = names.ToArray() }, cancellationToken);
        return rows.FirstOrDefault(row => row.NameMac is null) is not { } head
            ? null
            : new SegmentContent(
                head.Body,
                head.Changed ?? [],
                head.Trash ?? [],
                rows.Where(row => row.NameMac is not null)
                    .ToDictionary(row => SegmentHead.NameOf(row.NameMac), row => row.Body));
    }

    /// <summary>Counts the submissions above a sequence number, those in the trash too; stops at <paramref name="most"/>.</summary>
    public Task<long> CountTailAsync(FormId form, long after, int most, CancellationToken cancellationToken) =>
        db.GetAsync<long>(Tail, new { form, after, most }, cancellationToken);

    /// <summary>Locks a form's segments until the transaction ends, so that one hand writes them.</summary>
    public static Task LockAsync(Tx tx, FormId form, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Lock, new { form = unchecked((int)form.Value) }, cancellationToken);

    /// <summary>Lists the segments that hold anything of a stretch.</summary>
    public static Task<IReadOnlyList<SegmentPlace>> ListWithinAsync(
        Tx tx, FormId form, long after, long through, CancellationToken cancellationToken) =>
        tx.ListAsync<SegmentPlace>(Within, new { form, after, through }, cancellationToken);

    /// <summary>Writes a segment's head.</summary>
    public static Task InsertAsync(
        Tx tx, SegmentPlace place, ProjectId project, byte[] head, DateTimeOffset now, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(
            Insert,
            new
            {
                id = place.Id,
                form = place.FormId,
                project,
                after = place.AfterSequence,
                through = place.ThroughSequence,
                rows = place.Rows,
                head,
                now,
            },
            cancellationToken);

    /// <summary>Writes some columns of a segment.</summary>
    public static Task InsertColumnsAsync(
        Tx tx, Guid segment, IReadOnlyList<(byte[] Name, byte[] Body)> columns, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(
            InsertColumns,
            new { id = segment, names = columns.Select(column => column.Name).ToArray(), bodies = columns.Select(column => column.Body).ToArray() },
            cancellationToken);

    /// <summary>Deletes segments; what they held is read from the instances until it is gathered again.</summary>
    public static Task DeleteAsync(Sql sql, IReadOnlyCollection<Guid> segments, CancellationToken cancellationToken) =>
        sql.ExecuteAsync(Delete, new { ids = segments.ToArray() }, cancellationToken);

    /// <summary>Drops a segment that cannot be believed.</summary>
    public Task DropAsync(Guid segment, CancellationToken cancellationToken) => DeleteAsync(db, [segment], cancellationToken);

    /// <summary>
    /// Forgets all gathered answers of a form, for erasure: part of the transaction that deletes the submissions. Nothing
    /// of them is left here then.
    /// </summary>
    public static async Task EraseAsync(Tx tx, FormId form, CancellationToken cancellationToken)
    {
        await LockAsync(tx, form, cancellationToken);
        await tx.ExecuteAsync(DeleteOfForm, new { form }, cancellationToken);
    }

    /// <summary>Forgets the segment that holds a submission, for erasing just this one; the others in it are gathered again.</summary>
    public static async Task EraseAsync(Tx tx, FormId form, long sequence, CancellationToken cancellationToken)
    {
        await LockAsync(tx, form, cancellationToken);
        await tx.ExecuteAsync(DeleteAround, new { form, sequence }, cancellationToken);
    }

    // Not by its constructor: Npgsql calls every array an Array before it is read.
    private sealed record ContentRow
    {
        public byte[]? NameMac { get; init; }

        public byte[] Body { get; init; } = [];

        public long[]? Changed { get; init; }

        public long[]? Trash { get; init; }
    }
}

/// <summary>A segment as it lies there.</summary>
/// <param name="Head">Sealed.</param>
/// <param name="Changed">Sequence numbers of rows that say something else now.</param>
/// <param name="Trash">Sequence numbers of rows in the trash.</param>
/// <param name="Columns">Sealed, by keyed name.</param>
internal sealed record SegmentContent(
    byte[] Head, long[] Changed, long[] Trash, IReadOnlyDictionary<UInt128, byte[]> Columns);
