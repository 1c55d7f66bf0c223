using System.Diagnostics.CodeAnalysis;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Following;

/// <summary>Tries out a restore now and then while a server runs, and when somebody asks for one. What fails in it ends nothing else.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The semaphore has no handle unless somebody asks for one.")]
internal sealed class Rehearsals(
    FollowOptions options,
    BackupStore store,
    BaseBackups bases,
    BlobFollower blobs,
    DiskTurn turn,
    Keyring keyring,
    IProgress<string> progress,
    TimeProvider clock)
{
    private const int MostShown = 10;

    // One that failed may go well the next day: a disk was full, a file was copied anew.
    private static readonly TimeSpan AfterFailure = TimeSpan.FromDays(1);
    private static readonly TimeSpan BlobsLookEvery = TimeSpan.FromMilliseconds(200);

    // The longest pause of what copies blobs is half of it.
    private static readonly TimeSpan BlobsWithin = TimeSpan.FromMinutes(1);

    private readonly string _scratch = RehearseRestore.ScratchOf(options.Backup.DataDirectory);
    private readonly SemaphoreSlim _asked = new(0);
    private RehearsalState _state = new(options.RehearseEvery, null, null, []);

    // Whether one runs or was asked for.
    private int _isBusy;

    /// <summary>How it stands.</summary>
    public RehearsalState State => Volatile.Read(ref _state);

    /// <summary>Asks for one now.</summary>
    public RehearsalAnswer Ask()
    {
        if (bases.Last is null)
        {
            return RehearsalAnswer.NothingYet;
        }

        if (Interlocked.Exchange(ref _isBusy, 1) == 1)
        {
            return RehearsalAnswer.Runs;
        }

        _asked.Release();
        return RehearsalAnswer.Begins;
    }

    /// <summary>Tries out until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        var begun = clock.GetTimestamp();
        while (true)
        {
            // Those tried out by hand count, too.
            Look();
            if (clock.GetElapsedTime(begun) >= options.RehearseAfter && bases is { Last: not null, Trouble: null } && IsDue()
                && Interlocked.Exchange(ref _isBusy, 1) == 0)
            {
                await TryOutAsync(cancellationToken);
            }

            if (await _asked.WaitAsync(options.RehearsalLookEvery, cancellationToken))
            {
                await TryOutAsync(cancellationToken);
            }
        }
    }

    // In either direction: a clock that was wrong for a while must not put it off for years.
    private bool IsDue() => options.RehearseEvery is { } every && (State.Last is not { } last
        || (clock.GetUtcNow() - last.BegunAt).Duration() >= (last.Problem is null || every < AfterFailure ? every : AfterFailure));

    private void Look()
    {
        try
        {
            var noted = RehearsalReport.List(store, MostShown);
            var recent = noted.Concat(State.Recent).DistinctBy(one => one.BegunAt).OrderByDescending(one => one.BegunAt).Take(MostShown);
            Volatile.Write(ref _state, State with { Recent = [.. recent], OldestBaseAt = store.FindOldest() });
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // A disk that does not answer is told by whoever writes to it; what was read before stays.
        }
    }

    private async Task TryOutAsync(CancellationToken cancellationToken)
    {
        var begun = clock.GetUtcNow();
        Volatile.Write(ref _state, State with { BegunAt = begun });
        try
        {
            progress.Report("trying out a restore");
            var rehearse = new RehearseRestore(store, keyring, options.Check, progress, clock)
            {
                // More than what following itself leaves: it must not be given up for a rehearsal's sake.
                LeastFreeBytes = options.LeastFreeBytes * (FollowOptions.SharedFactor + 1),
                UntilBlobsFollowed = (_, token) => UntilBlobsFollowedAsync(token),
            };
            var report = await turn.RehearseAsync(token => rehearse.TryOutAsync(_scratch, token), cancellationToken);
            Add(report);
            report.Write(store);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            progress.Report("the restore that was tried out was ended: a base backup comes first");
        }
#pragma warning disable CA1031 // Whatever it is, nothing else may end with it, least of all the log.
        catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Add(new RehearsalReport(begun, 0, $"a restore could not be tried out, or how it went not be noted: {failed.Message}"));
            progress.Report(State.Last?.Problem ?? "");
        }
        finally
        {
            Volatile.Write(ref _state, State with { BegunAt = null });
            Volatile.Write(ref _isBusy, 0);
        }
    }

    private void Add(RehearsalReport report) => Volatile.Write(ref _state, State with { Recent = [report, .. State.Recent.Take(MostShown - 1)] });

    // Two looks from now on: one that has begun already may have passed a folder.
    private async Task UntilBlobsFollowedAsync(CancellationToken cancellationToken)
    {
        var begun = clock.GetTimestamp();
        for (var looks = 0; looks < 2; looks++)
        {
            var seen = blobs.State.LookedAt;
            while (blobs.State.LookedAt == seen && clock.GetElapsedTime(begun) < BlobsWithin)
            {
                await Task.Delay(BlobsLookEvery, clock, cancellationToken);
            }
        }
    }
}
