using System.Threading.Channels;
using Fieldkeep.Server.Exports.Decryption;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Contents;

namespace Fieldkeep.Server.Exports.Rows;

/// <summary>Takes a block of rows in the clear; it is given back right after.</summary>
internal delegate ValueTask TakeBlock(FormattedBlock block, CancellationToken cancellationToken);

/// <summary>Submissions to be streamed.</summary>
/// <param name="Names">Finds the names of submitters.</param>
/// <param name="Keys">Opens what phones encrypted; null when that is to stay closed.</param>
internal sealed record RowSource(SubmissionSet Set, IAsyncEnumerable<SealedBlock> Rows, SubmitterNames Names, ExportKeys? Keys);

/// <summary>
/// Streams submissions through all cores: one reader fetches sealed blocks in order, each core opens and formats, one
/// taker gets the blocks in order again. Memory is bounded by the few blocks under way, however many rows there are.
/// </summary>
internal sealed class SubmissionRows(OpenInstances open, DecryptInstances decrypt)
{
    /// <summary>Gives every block of <paramref name="rows"/>, in order, to <paramref name="take"/>. The caller has checked access.</summary>
    public Task StreamAsync(
        SubmissionSet set,
        IAsyncEnumerable<SealedBlock> rows,
        SubmitterNames names,
        Func<IRowFormat> makeFormat,
        TakeBlock take,
        CancellationToken cancellationToken) => StreamAsync(new RowSource(set, rows, names, null), makeFormat, take, cancellationToken);

    /// <summary>Does the same, and opens what phones encrypted where there is a key.</summary>
    public async Task StreamAsync(
        RowSource source, Func<IRowFormat> makeFormat, TakeBlock take, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var inOrder = Channel.CreateBounded<PendingBlock>(Environment.ProcessorCount * 3);
        var toOpen = Channel.CreateUnbounded<PendingBlock>();
        try
        {
            await RunAllAsync(
                stop,
                [
                    ReadAsync(source.Rows, source.Names, inOrder.Writer, toOpen.Writer, stop.Token),
                    TakeAsync(inOrder.Reader, take, stop.Token),
                    .. Enumerable.Range(0, Environment.ProcessorCount)
                        .Select(_ => OpenAsync(source, makeFormat, toOpen.Reader, stop.Token)),
                ]);
        }
        finally
        {
            // All parts have ended: what they left in the channels is ours alone.
            while (toOpen.Reader.TryRead(out var unopened))
            {
                unopened.Sealed.Dispose();
            }

            while (inOrder.Reader.TryRead(out var untaken))
            {
                untaken.Dispose();
            }
        }
    }

    private static async Task ReadAsync(
        IAsyncEnumerable<SealedBlock> rows,
        SubmitterNames names,
        ChannelWriter<PendingBlock> inOrder,
        ChannelWriter<PendingBlock> toOpen,
        CancellationToken cancellationToken)
    {
        await foreach (var block in rows.WithCancellation(cancellationToken))
        {
            var pending = new PendingBlock(block);
            try
            {
                await names.LearnAsync(block, cancellationToken);
                await inOrder.WriteAsync(pending, cancellationToken);
            }
            catch
            {
                block.Dispose();
                throw;
            }

            toOpen.TryWrite(pending);
        }

        inOrder.Complete();
        toOpen.Complete();
    }

    private async Task OpenAsync(
        RowSource source, Func<IRowFormat> makeFormat, ChannelReader<PendingBlock> toOpen, CancellationToken cancellationToken)
    {
        // Leaves the caller's thread, so that every core gets one of these.
        await Task.Yield();
        using var format = makeFormat();
        await foreach (var pending in toOpen.ReadAllAsync(cancellationToken))
        {
            var formatted = new FormattedBlock(format.Tables);
            using var block = pending.Sealed;
            try
            {
                for (var at = 0; at < block.Rows.Count; at++)
                {
                    await WriteRowAsync(source, block, at, format, formatted, cancellationToken);
                }
            }
            catch (Exception problem)
            {
                formatted.Dispose();
                pending.Fail(problem);
                throw;
            }

            pending.Finish(formatted);
        }
    }

    private async ValueTask WriteRowAsync(
        RowSource source,
        SealedBlock block,
        int at,
        IRowFormat format,
        FormattedBlock into,
        CancellationToken cancellationToken)
    {
        var row = block.Rows[at];
        var submitter = source.Names.Of(row.Submitter);
        var project = source.Set.Project;
        into.Mark();
        into.Rows++;
        into.LastSequence = row.Sequence;
        try
        {
            var sender = open.SenderOf(project, block, at);
            if (row.Answers == AnswersState.Encrypted && source.Keys?.Find(row.FormVersion) is { } key)
            {
                await decrypt.OpenAsync(
                    project,
                    block,
                    at,
                    key,
                    (xml, state) => format.Write(row with { Answers = state }, xml, sender, submitter, into),
                    cancellationToken);
            }
            else
            {
                await open.OpenAsync(project, block, at, xml => format.Write(row, xml, sender, submitter, into), cancellationToken);
            }
        }
        catch (Exception problem) when (OpenInstances.IsDamage(problem))
        {
            // One damaged submission is shown as such; the others must not be lost with it.
            into.Reset();
            into.DamagedRows++;
            format.WriteDamaged(row, submitter, into);
        }
    }

    private static async Task TakeAsync(
        ChannelReader<PendingBlock> inOrder, TakeBlock take, CancellationToken cancellationToken)
    {
        await foreach (var pending in inOrder.ReadAllAsync(cancellationToken))
        {
            using (pending)
            {
                await take(await pending.Formatted.WaitAsync(cancellationToken), cancellationToken);
            }
        }
    }

    // One part that fails stops the others: nobody may wait for a neighbour that is gone.
    private static Task RunAllAsync(CancellationTokenSource stop, IReadOnlyList<Task> parts) =>
        Task.WhenAll(parts.Select(part => StopOnFailureAsync(part, stop)));

    private static async Task StopOnFailureAsync(Task part, CancellationTokenSource stop)
    {
        try
        {
            await part;
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    /// <summary>A block on its way. Whoever opens it disposes the sealed bytes, whoever takes it the text.</summary>
    private sealed class PendingBlock(SealedBlock block) : IDisposable
    {
        private readonly TaskCompletionSource<FormattedBlock> _formatted =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SealedBlock Sealed => block;

        public Task<FormattedBlock> Formatted => _formatted.Task;

        public void Finish(FormattedBlock formatted)
        {
            if (!_formatted.TrySetResult(formatted))
            {
                formatted.Dispose();
            }
        }

        public void Fail(Exception problem) => _formatted.TrySetException(problem);

        public void Dispose()
        {
            if (!_formatted.TrySetCanceled() && _formatted.Task.IsCompletedSuccessfully)
            {
                _formatted.Task.GetAwaiter().GetResult().Dispose();
            }
        }
    }
}
