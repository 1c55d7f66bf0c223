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

    // One look copies all that is new, ten thousand photos to a slow disk. The restored database stands still meanwhile.
    private static readonly TimeSpan BlobsWithin = TimeSpan.FromHours(1);

    // Where nothing is copied for that long, and why not is known. The longest pause of what copies is half of it.
    private static readonly TimeSpan BlobsTroubleWithin = TimeSpan.FromMinutes(1);

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
            Volatile.Write(ref _state, State with { Recent = [.. recent], JudgedBefore = State.Judged ?? RehearsalReport.FindJudged(store), OldestBaseAt = FindOldestBase(store) });
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // A disk that does not answer is told by whoever writes to it; what was read before stays.
        }
    }

    /// <summary>When the oldest base backup was taken that the server made itself, UTC; null when there is none. Those by hand may lie there for years.</summary>
    internal static DateTimeOffset? FindOldestBase(BackupStore store)
    {
        foreach (var name in store.List())
        {
            try
            {
                if (VerifyBackup.ReadClearManifest(store.FolderOf(name)) is { IsFollowed: true } manifest)
                {
                    return manifest.TakenAt;
                }
            }
            catch (BackupException)
            {
                // Whoever restores or prunes tells it.
            }
        }

        return null;
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
                // Twice what following itself leaves, for what is written until what was restored is gone: following must not be given up for its sake.
                LeastFreeBytes = options.LeastFreeBytes * FollowOptions.SharedFactor * 2,
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
            // In this order: who sees that none runs may ask for one.
            Volatile.Write(ref _isBusy, 0);
            Volatile.Write(ref _state, State with { BegunAt = null });
        }
    }

    private void Add(RehearsalReport report) => Volatile.Write(ref _state, State with
    {
        Recent = [report, .. State.Recent.Take(MostShown - 1)],
        JudgedBefore = State.Judged,
    });

    // Two looks from now on: one that has begun already may have passed a folder. Returns why they did not end; null when they did.
    private async Task<string?> UntilBlobsFollowedAsync(CancellationToken cancellationToken)
    {
        var begun = clock.GetTimestamp();
        for (var looks = 0; looks < 2; looks++)
        {
            var seen = blobs.State.LookedAt;
            while (blobs.State.LookedAt == seen)
            {
                if (clock.GetElapsedTime(begun) >= (blobs.State.Trouble is null ? BlobsWithin : BlobsTroubleWithin))
                {
                    return blobs.State.Trouble ?? "they have been copied for more than an hour";
                }

                await Task.Delay(BlobsLookEvery, clock, cancellationToken);
            }
        }

        return null;
    }
}
