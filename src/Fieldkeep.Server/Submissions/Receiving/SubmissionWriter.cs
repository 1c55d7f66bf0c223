using System.Threading.Channels;
using Fieldkeep.Server.Database;
using Microsoft.Extensions.Hosting;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>Says how the writing of a submission ended.</summary>
internal enum WriteOutcome
{
    /// <summary>It is stored and durable.</summary>
    Stored,

    /// <summary>Its id is taken; whoever asked must compare.</summary>
    IdTaken,
}

/// <summary>
/// Writes submissions in groups: whatever waits when a transaction can begin goes into it together, so that many
/// phones share one sync of the disk and a single phone waits for nobody.
/// </summary>
/// <remarks>
/// A caller's task completes only after the commit. When the database refuses a group, its members are written one by
/// one, so that one bad submission cannot refuse its neighbours; when the database is gone, all are told so at once.
/// </remarks>
internal sealed class SubmissionWriter(Db db, InsertSubmissions insert) : BackgroundService
{
    // Benchmarked with 32 clients: groups rarely pass 40; the bound keeps one statement's arrays small.
    private const int MaxGroup = 128;

    // While one group waits for the disk the next is sent; more writers only make the groups smaller.
    private const int Writers = 2;

    // Bounds memory when the database is slow: further callers wait at the door.
    private const int MaxWaiting = 512;

    private readonly Channel<Pending> _waiting = Channel.CreateBounded<Pending>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = false, AllowSynchronousContinuations = false });

    private long _written;

    /// <summary>How many submissions were written since the start: others look at it to keep out of the way.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>Stores a submission; returns after the commit.</summary>
    /// <exception cref="System.Data.Common.DbException">The database refused or is gone; nothing is acknowledged.</exception>
    public async Task<WriteOutcome> WriteAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        var pending = new Pending(submission);
        await _waiting.Writer.WriteAsync(pending, cancellationToken);

        // Not cancellable from here: the write happens, and the caller must learn its outcome.
        return await pending.Done.Task;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => DrainAsync()));

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        if (ExecuteTask is { } draining)
        {
            await draining.WaitAsync(cancellationToken);
        }

        await base.StopAsync(cancellationToken);
    }

    private async Task DrainAsync()
    {
        var group = new List<Pending>(MaxGroup);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            group.Clear();
            while (group.Count < MaxGroup && _waiting.Reader.TryRead(out var pending))
            {
                group.Add(pending);
            }

            await WriteGroupAsync(group);
        }
    }

    private async Task WriteGroupAsync(List<Pending> group, bool isAgain = false)
    {
        if (group.Count == 0)
        {
            return;
        }

        try
        {
            await CommitAsync(group);
        }
#pragma warning disable CA1031 // Whatever went wrong is told to the one it happened to.
        catch (Exception problem) when (group.Count > 1 && !DatabaseFailure.IsOutage(problem))
        {
            foreach (var pending in group)
            {
                await WriteGroupAsync([pending]);
            }
        }
        catch (Exception problem) when (!isAgain && InsertSubmissions.IsTakenMeanwhile(problem))
        {
            await WriteGroupAsync(group, isAgain: true);
        }
        catch (Exception problem)
#pragma warning restore CA1031
        {
            group.ForEach(pending => pending.Done.TrySetException(problem));
        }
    }

    private async Task CommitAsync(List<Pending> group)
    {
        await using var tx = await db.BeginAsync(CancellationToken.None);
        var stored = await insert.RunAsync(tx, group.ConvertAll(pending => pending.Submission), CancellationToken.None);
        await tx.CommitAsync(CancellationToken.None);
        Interlocked.Add(ref _written, group.Count);
        foreach (var pending in group)
        {
            pending.Done.TrySetResult(
                stored.Contains(pending.Submission.Id) ? WriteOutcome.Stored : WriteOutcome.IdTaken);
        }
    }

    private sealed class Pending(NewSubmission submission)
    {
        public NewSubmission Submission { get; } = submission;

        public TaskCompletionSource<WriteOutcome> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
