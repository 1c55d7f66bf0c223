using System.Collections.Concurrent;
using System.Threading.Channels;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
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
/// one, so that one bad submission cannot refuse its neighbours; when the database is gone, all are told so at once. Those
/// that go to a deployment which somebody is changing wait for that aside, and hold up nobody else.
/// </remarks>
internal sealed class SubmissionWriter(Db db, InsertSubmissions insert) : BackgroundService, IWatchedLoop
{
    // Benchmarked with 32 clients: groups rarely pass 40; the bound keeps one statement's arrays small.
    private const int MaxGroup = 128;

    // While one group waits for the disk the next is sent; more writers only make the groups smaller.
    private const int Writers = 2;

    // Bounds memory when the database is slow: further callers wait at the door.
    private const int MaxWaiting = 512;

    // Each keeps a connection while it waits. More than these wait for a place, and keep none.
    private const int MostAside = 4;

    private readonly SemaphoreSlim _aside = new(MostAside);

    private readonly ConcurrentDictionary<Task, bool> _asides = new();

    private readonly Channel<Pending> _waiting = Channel.CreateBounded<Pending>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = false, AllowSynchronousContinuations = false });

    // One for each writer. What fails is told to whoever sent it; one that hangs, or is gone, is told to the operator.
    private readonly RoundWatch[] _watches = [.. Enumerable.Range(0, Writers).Select(_ => new RoundWatch())];

    private long _written;

    /// <inheritdoc/>
    public TimeSpan? FailingFor => _watches.Max(watch => watch.FailingFor);

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
        Task.WhenAll(_watches.Select(watch => watch.RunAsync(() => DrainAsync(watch), stoppingToken)));

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        if (ExecuteTask is { } draining)
        {
            await draining.WaitAsync(cancellationToken);
        }

        await Task.WhenAll(_asides.Keys).WaitAsync(cancellationToken);

        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _aside.Dispose();
        base.Dispose();
    }

    private async Task DrainAsync(RoundWatch watch)
    {
        var group = new List<Pending>(MaxGroup);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            group.Clear();
            while (group.Count < MaxGroup && _waiting.Reader.TryRead(out var pending))
            {
                group.Add(pending);
            }

            watch.Move();
            await WriteGroupAsync(group);
            watch.End(isDone: true);
        }
    }

    private async Task WriteGroupAsync(List<Pending> group, bool isAgain = false, bool waits = false)
    {
        if (group.Count == 0)
        {
            return;
        }

        try
        {
            await CommitAsync(group, waits);
        }
        catch (Exception problem) when (!waits && DatabaseFailure.IsHeld(problem))
        {
            await WriteApartAsync(group);
        }
#pragma warning disable CA1031 // Whatever went wrong is told to the one it happened to.
        catch (Exception problem) when (group.Count > 1 && !DatabaseFailure.IsOutage(problem))
        {
            foreach (var pending in group)
            {
                await WriteGroupAsync([pending], waits: waits);
            }
        }
        catch (Exception problem) when (!isAgain && InsertSubmissions.IsTakenMeanwhile(problem))
        {
            await WriteGroupAsync(group, isAgain: true, waits);
        }
        catch (Exception problem)
#pragma warning restore CA1031
        {
            // Its project was erased while it was read: it is as if it had come a moment later.
            var told = RefuseErased.IsWhy(problem) ? AccessProblems.Unseen() : problem;
            group.ForEach(pending => pending.Done.TrySetException(told));
        }
    }

    // One of their deployments is being changed: those of the others are written now, and only its own wait.
    private async Task WriteApartAsync(List<Pending> group)
    {
        var parts = group.GroupBy(pending => pending.Submission.Deployment).Select(part => part.ToList()).ToList();
        if (parts.Count > 1)
        {
            foreach (var part in parts)
            {
                await WriteGroupAsync(part);
            }

            return;
        }

        // Not the group itself: it is filled anew meanwhile.
        var aside = WriteAsideAsync(parts[0]);
        _asides.TryAdd(aside, true);
        _ = aside.ContinueWith(ended => _asides.TryRemove(ended, out _), TaskScheduler.Default);
    }

    private async Task WriteAsideAsync(List<Pending> group)
    {
        await _aside.WaitAsync();
        try
        {
            await WriteGroupAsync(group, waits: true);
        }
        finally
        {
            _aside.Release();
        }
    }

    private async Task CommitAsync(List<Pending> group, bool waits)
    {
        await using var tx = await db.BeginAsync(CancellationToken.None);
        var stored = await insert.RunAsync(tx, group.ConvertAll(pending => pending.Submission), waits, CancellationToken.None);
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
