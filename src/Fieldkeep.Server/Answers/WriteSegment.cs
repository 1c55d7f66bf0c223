using System.Security.Cryptography;
using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Contents;

namespace Fieldkeep.Server.Answers;

/// <summary>
/// Gathers the answers of a stretch of submissions into one segment, in place of what was there. One transaction: after
/// a crash the segment is there whole, or not at all.
/// </summary>
internal sealed class WriteSegment(
    Db db, SealedRows rows, OpenInstances open, FormLayouts layouts, SegmentSealing sealing, TimeProvider clock)
{
    // What one segment may take in memory while it is made; forms with thousands of questions get fewer rows in each.
    private const long MostBytes = 16 * 1024 * 1024;

    // A submission larger than this is opened on its own when someone asks; it must not push its neighbours out.
    private const long MostBytesOfRow = 256 * 1024;

    // Columns sent together.
    private const int MostBatchBytes = 2 * 1024 * 1024;
    private const int MostBatchColumns = 128;

    /// <summary>
    /// Writes the newest rows of the stretch, as many as one segment holds. Every row of it must be settled. Gives the
    /// sequence number it reached down to; what is below is left for the next.
    /// </summary>
    /// <param name="mostRows">How many rows it may have, at most <see cref="SegmentHead.MostRows"/>.</param>
    /// <param name="pause">Called between blocks of rows, so that others get their turn.</param>
    public async Task<long> RunAsync(
        SubmissionSet set,
        long after,
        long through,
        int mostRows,
        Func<CancellationToken, Task> pause,
        CancellationToken cancellationToken)
    {
        // Listed before the rows are read: a change that comes in between is not struck off.
        var changes = await SubmissionChanges.ListAsync(db, set.Form, after, through, cancellationToken);

        // Read after the rows have settled: every version that any of them was filled in with is in it.
        var layout = await layouts.GetAsync(set, cancellationToken);
        using var gathered = new GatheredRows(layout.Tables, _ => true);
        var stretch = new Stretch(Math.Max(after, through - uint.MaxValue), through, mostRows, gathered);
        await foreach (var block in rows.ReadAsync(
            set, new RowRange(stretch.After, through + 1, WithTrash: true), mostRows, cancellationToken))
        {
            using (block)
            {
                await GatherAsync(set, block, layout, stretch, cancellationToken);
            }

            if (stretch.IsFull)
            {
                break;
            }

            await pause(cancellationToken);
        }

        stretch.End();
        await StoreAsync(set, stretch, layout, changes, cancellationToken);
        return stretch.After;
    }

    private async Task GatherAsync(
        SubmissionSet set, SealedBlock block, FormLayout layout, Stretch stretch, CancellationToken cancellationToken)
    {
        for (var at = 0; at < block.Rows.Count && !stretch.IsFull; at++)
        {
            var row = block.Rows[at];
            var before = stretch.Rows.Bytes;
            try
            {
                var device = open.SenderOf(set.Project, block, at).DeviceId;
                var version = layout.VersionOf(row.FormVersion);
                await open.OpenAsync(
                    set.Project, block, at, xml => stretch.Rows.Add(xml, device, version), cancellationToken);
                if (stretch.Rows.Bytes - before > MostBytesOfRow)
                {
                    stretch.Rows.TakeBack();
                    stretch.AddOpaque();
                }
            }
            catch (Exception problem) when (OpenInstances.IsDamage(problem))
            {
                stretch.AddOpaque();
            }

            stretch.Add(row.Sequence);
        }
    }

    private async Task StoreAsync(
        SubmissionSet set,
        Stretch stretch,
        FormLayout layout,
        IReadOnlyList<SubmissionChange> changes,
        CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        await SegmentStore.LockAsync(tx, set.Form, cancellationToken);

        // What reaches out of the stretch would lose rows with it: then someone else was here, and this is for nothing.
        var replaced = await SegmentStore.ListWithinAsync(tx, set.Form, stretch.After, stretch.Through, cancellationToken);
        // So it is when rows have changed meanwhile: they may have been erased, and must not come back from here.
        var latest = await SubmissionChanges.ListAsync(tx, set.Form, stretch.After, stretch.Through, cancellationToken);
        if (replaced.Any(one => one.ThroughSequence > stretch.Through) || latest.Except(changes).Any())
        {
            return;
        }

        await SegmentStore.DeleteAsync(tx, [.. replaced.Select(one => one.Id)], cancellationToken);
        await InsertAsync(tx, set, stretch, layout, cancellationToken);
        await SubmissionChanges.StrikeAsync(tx, changes.Where(change => change.Sequence > stretch.After), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    private async Task InsertAsync(
        Tx tx, SubmissionSet set, Stretch stretch, FormLayout layout, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var columns = stretch.Rows.Columns.ToList();
        var head = new SegmentHead
        {
            Form = set.Form.Value,
            After = stretch.After,
            Through = stretch.Through,
            Sequences = [.. stretch.Sequences],
            Opaque = stretch.Opaque,
            HasStrays = stretch.Rows.HasStrays,
            Columns = columns.ToDictionary(column => SegmentHead.NameOf(layout.NameOf(column.Key)), column => column.Cells.Count > 0),
        };
        var place = new SegmentPlace(id, set.Form.Value, stretch.After, stretch.Through, stretch.Sequences.Count);
        await SegmentStore.InsertAsync(
            tx, place, set.Project.Id, sealing.SealHead(set.Project, id, head), now, cancellationToken);
        var batch = new List<(byte[] Name, byte[] Body)>();
        var batchBytes = 0;
        foreach (var column in columns.Where(column => column.Cells.Count > 0))
        {
            var name = layout.NameOf(column.Key);
            batch.Add((name, Seal(set, id, name, stretch.Rows.Write(column))));
            batchBytes += batch[^1].Body.Length;
            if (batchBytes > MostBatchBytes || batch.Count == MostBatchColumns)
            {
                await SegmentStore.InsertColumnsAsync(tx, id, batch, cancellationToken);
                batch.Clear();
                batchBytes = 0;
            }
        }

        if (batch.Count > 0)
        {
            await SegmentStore.InsertColumnsAsync(tx, id, batch, cancellationToken);
        }
    }

    private byte[] Seal(SubmissionSet set, Guid segment, byte[] name, byte[] plain)
    {
        var body = sealing.SealColumn(set.Project, segment, name, plain);
        CryptographicOperations.ZeroMemory(plain);
        return body;
    }

    /// <summary>The rows taken so far.</summary>
    private sealed class Stretch(long after, long through, int mostRows, GatheredRows rows)
    {
        private readonly List<int> _opaque = [];

        /// <summary>Where it ends below; moves up when not all rows fit.</summary>
        public long After { get; private set; } = after;

        public long Through => through;

        public GatheredRows Rows => rows;

        public List<long> Sequences { get; } = [];

        public IReadOnlyList<int> Opaque => _opaque;

        public bool IsFull { get; private set; }

        public void Add(long sequence)
        {
            Sequences.Add(sequence);
            IsFull = Sequences.Count == mostRows || rows.Bytes > MostBytes;
        }

        public void AddOpaque()
        {
            _opaque.Add(rows.Count);
            rows.AddNothing();
        }

        public void End()
        {
            if (IsFull)
            {
                After = Sequences[^1] - 1;
            }
        }
    }
}
