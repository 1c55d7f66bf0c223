using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup;

/// <summary>Tells what was pruned.</summary>
/// <param name="Backups">Names of the backups that were removed, oldest first.</param>
/// <param name="LogFiles">Files of the log that were removed.</param>
/// <param name="Blobs">Blobs that were removed.</param>
public sealed record PruneReport(IReadOnlyList<string> Backups, int LogFiles, int Blobs);

/// <summary>
/// Removes what is too old from a backup directory: base backups that a server took, the log that only they need, and blobs that none of those that stay
/// names. Never the last two, nor one that was taken by hand; nothing at all while a manifest does not open or the newest base backup is not whole.
/// </summary>
internal sealed class PruneBackups(BackupStore store, Keyring keyring, IProgress<string> progress, TimeProvider clock)
{
    private const int FewestKept = 2;

    // Each day one comes. A clock that is wrong for a while takes no more than this many.
    private const int MostAtOnce = 2;

    // Clocks of machines differ; and what was copied a moment before a base backup may be named in the next only.
    private static readonly TimeSpan Margin = TimeSpan.FromDays(1);

    private readonly WalShelf _shelf = new(store, keyring.InstallationId, keyring.BackupKey);
    private readonly Chains _chains = new(store, keyring, progress);

    /// <summary>Removes what is too old, two base backups at once at most; all of the last week's stay, then one a week.</summary>
    /// <param name="keepDays">After so many days base backups go; at least two stay.</param>
    /// <param name="standsOn">The base backup that the log which is being written carries on: it stays, however old it is. Null while there is none.</param>
    /// <param name="isNewestVerified">Whether every byte of the newest was verified just now.</param>
    /// <exception cref="BackupException">InUse; Damaged: a manifest does not open or the newest is not whole, and nothing was removed.</exception>
    public Task<PruneReport> RunAsync(int keepDays, string? standsOn, bool isNewestVerified, CancellationToken cancellationToken) => RemoveAsync(
        (_, followed) =>
        [
            .. Retention.Choose(followed, one => one.Manifest.TakenAt, clock.GetUtcNow(), keepDays, FewestKept).Old
                .Where(one => one.Name != standsOn).Take(MostAtOnce),
        ],
        isNewestVerified,
        cancellationToken);

    /// <summary>Removes the oldest before its time, to make room; none when all that may go are younger than that. Its name is in the report.</summary>
    /// <param name="youngest">Those that are younger stay.</param>
    /// <param name="standsOn">The base backup that the log which is being written carries on: it stays, however old it is. Null while there is none.</param>
    /// <param name="isNewestVerified">Whether every byte of the newest was verified just now.</param>
    /// <exception cref="BackupException">InUse; Damaged: a manifest does not open or the newest is not whole, and nothing was removed.</exception>
    public Task<PruneReport> RemoveOldestAsync(TimeSpan youngest, string? standsOn, bool isNewestVerified, CancellationToken cancellationToken) => RemoveAsync(
        (_, followed) => [.. followed.SkipLast(FewestKept).Where(one => one.Name != standsOn).Take(1).Where(one => clock.GetUtcNow() - one.Manifest.TakenAt >= youngest)],
        isNewestVerified,
        cancellationToken);

    /// <summary>The same, but of those that pgBackRest took only all of a chain at once: what is left of a chain keeps nearly all of its room.</summary>
    /// <param name="youngest">Those that are younger stay.</param>
    /// <param name="standsOn">The base backup that the log which is being written carries on: it stays, however old it is. Null while there is none.</param>
    /// <param name="isNewestVerified">Whether every byte of the newest was verified just now.</param>
    /// <exception cref="BackupException">InUse; Damaged: a manifest does not open or the newest is not whole, and nothing was removed.</exception>
    public Task<PruneReport> RemoveOldestWholeAsync(TimeSpan youngest, string? standsOn, bool isNewestVerified, CancellationToken cancellationToken) => RemoveAsync(
        (bases, followed) =>
        {
            var mayGo = MayGo(followed, youngest, standsOn);
            return mayGo.Select(one => bases.Where(other => other == one || (one.Manifest.PgBackRest is { } place && IsNeeded([other], place.Chain))).ToList())
                .FirstOrDefault(group => group.All(mayGo.Contains)) ?? [];
        },
        isNewestVerified,
        cancellationToken);

    /// <summary>Bytes that would come free if <see cref="RemoveOldestAsync"/> removed all that it may.</summary>
    /// <param name="youngest">Those that are younger stay.</param>
    /// <param name="standsOn">The base backup that the log which is being written carries on.</param>
    /// <param name="enough">Where base backups and their log have so many, blobs are not looked at, which takes long.</param>
    /// <exception cref="BackupException">Damaged: a manifest does not open.</exception>
    public async Task<long> ReckonAsync(TimeSpan youngest, string? standsOn, long enough, CancellationToken cancellationToken)
    {
        var bases = ReadBases();
        IReadOnlyList<Base> followed = [.. bases.Where(one => one.Manifest.IsFollowed == true)];
        var old = MayGo(followed, youngest, standsOn);
        if (old.Count == 0)
        {
            return 0;
        }

        IReadOnlyList<Base> kept = [.. bases.Except(old)];
        var bytes = old.Sum(one => new DirectoryInfo(store.FolderOf(one.Name)).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length))
            + TakeLog(bases, kept, followed[^1].Manifest.Log?.SystemNumber, (past, timeline, from) => _shelf.CountBytes(past, timeline, from, cancellationToken));
        bytes += _chains.CountOthers(id => IsNeeded(kept, id));
        if (bytes < enough)
        {
            await TakeBlobsAsync(kept, Count, cancellationToken);
        }

        return bytes;

        int Count(string path)
        {
            bytes += new FileInfo(path).Length;
            return 1;
        }
    }

    private async Task<PruneReport> RemoveAsync(
        Func<IReadOnlyList<Base>, IReadOnlyList<Base>, IReadOnlyList<Base>> choose, bool isNewestVerified, CancellationToken cancellationToken)
    {
        using var held = store.Lock();
        var bases = ReadBases();
        // Also where nothing is old: what failed may be as large as the database.
        await _chains.RemoveLeftAsync(cancellationToken);
        IReadOnlyList<Base> followed = [.. bases.Where(one => one.Manifest.IsFollowed == true)];
        var old = choose(bases, followed);
        if (old.Count == 0)
        {
            return new PruneReport([], 0, 0);
        }

        await RequireNewestAsync(followed[^1], isNewestVerified, cancellationToken);
        IReadOnlyList<Base> kept = [.. bases.Except(old)];
        // The log first: were the backups gone and their log not, nobody would know that it can go.
        var logFiles = (int)TakeLog(
            bases, kept, followed[^1].Manifest.Log?.SystemNumber, (past, timeline, from) => _shelf.Remove(past, timeline, from, cancellationToken));
        foreach (var one in old)
        {
            cancellationToken.ThrowIfCancellationRequested();
            store.RemoveBackup(one.Name);
        }

        // By chain: what changed is nothing without what it changed from.
        _chains.RemoveOthers(id => IsNeeded(kept, id));

        var blobs = await TakeBlobsAsync(kept, Remove, cancellationToken);
        var report = new PruneReport([.. old.Select(one => one.Name)], logFiles, blobs);
        progress.Report($"removed what is older than it is to be kept: {report.Backups.Count} base backups, {logFiles} files of the log, {blobs} blobs");
        return report;

        int Remove(string path)
        {
            File.Delete(path);
            return 1;
        }
    }

    private IReadOnlyList<Base> MayGo(IReadOnlyList<Base> followed, TimeSpan youngest, string? standsOn) =>
        [.. followed.SkipLast(FewestKept).Where(one => one.Name != standsOn && clock.GetUtcNow() - one.Manifest.TakenAt >= youngest)];

    private static bool IsNeeded(IReadOnlyList<Base> kept, Guid chain) => kept.Any(one => one.Manifest.PgBackRest?.Chain == chain);

    // One that does not open may need any of the log and the blobs, and somebody may mend it.
    private List<Base> ReadBases()
    {
        var bases = new List<Base>();
        foreach (var name in store.List())
        {
            try
            {
                bases.Add(new Base(name, VerifyBackup.OpenManifest(store.FolderOf(name), keyring).Manifest));
            }
            catch (Exception damaged) when (damaged is BackupException or IOException or UnauthorizedAccessException)
            {
                throw BackupException.Damaged($"nothing is removed while the backup {name} does not open: {damaged.Message}", damaged);
            }
        }

        return [.. bases.OrderBy(one => one.Manifest.TakenAt)];
    }

    private async Task RequireNewestAsync(Base newest, bool isVerified, CancellationToken cancellationToken)
    {
        if (!isVerified)
        {
            await VerifyBackup.RunAsync(store, store.FolderOf(newest.Name), keyring, answer: null, cancellationToken);
        }

        if (newest.Manifest.Log is { Past: not null })
        {
            var choice = RestoreChoice.Make(store, _shelf, newest.Name, RestoreOptions.Latest, keyring, progress);
            if (new WalReach(_shelf, choice).Read(isAll: true, cancellationToken).Break is { } broken)
            {
                throw BackupException.Damaged($"nothing is removed: {broken.Words}");
            }
        }
    }

    // Of a cluster whose last base backup goes, too.
    private long TakeLog(IEnumerable<Base> bases, IReadOnlyList<Base> kept, ulong? current, Func<WalPast, uint, Lsn?, long> take)
    {
        var taken = 0L;
        foreach (var system in bases.Select(one => one.Manifest.Log?.SystemNumber).OfType<ulong>().Distinct())
        {
            // The newest past is being written, and its first base backup may not be there yet.
            var pasts = _shelf.Pasts(system);
            foreach (var past in pasts)
            {
                var logs = kept.Select(one => one.Manifest.Log).OfType<BackupLog>().Where(log => log.FindPast() == past).ToList();
                var isWritten = past == pasts[^1] && system == current;
                if (logs.Count > 0 || !isWritten)
                {
                    taken += TakeLog(past, logs, isWritten, take);
                }
            }
        }

        return taken;
    }

    // The timeline that is being written stays also where no base backup stands on it yet: the receiver has its newest file open.
    private long TakeLog(WalPast past, IReadOnlyList<BackupLog> kept, bool isWritten, Func<WalPast, uint, Lsn?, long> take)
    {
        var timelines = _shelf.Timelines(past);
        if (WalNeed.Find(_shelf, past, timelines, kept) is not { } needed)
        {
            progress.Report("a history of the log cannot be read: nothing of that past is removed");
            return 0;
        }

        return timelines.Where(timeline => needed.ContainsKey(timeline) || !(isWritten && timeline == timelines[^1]))
            .Sum(timeline => take(past, timeline, needed.TryGetValue(timeline, out var from) ? from : null));
    }

    private async Task<int> TakeBlobsAsync(IReadOnlyList<Base> kept, Func<string, int> take, CancellationToken cancellationToken)
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var one in kept)
        {
            await LaterBlobs.ReadListAsync(
                store, one.Name, keyring,
                blob =>
                {
                    named.Add(blob.Sha256);
                    return Task.CompletedTask;
                },
                cancellationToken);
        }

        var isWhole = true;
        IReadOnlyList<BackupManifest> carried = [.. kept.Select(one => one.Manifest).Where(manifest => manifest.Log is { Past: not null })];
        _shelf.ReadBlobs(
            words =>
            {
                progress.Report(words);
                isWhole = false;
            },
            noted =>
            {
                if (carried.Any(manifest => LaterBlobs.IsAfter(manifest, noted)))
                {
                    named.Add(noted.Entry.Sha256);
                }
            });
        var before = kept.Min(one => one.Manifest.TakenAt) - Margin;
        return isWhole ? store.FindBlobs(sha256 => !named.Contains(sha256), before, cancellationToken).Sum(take) : 0;
    }

    private sealed record Base(string Name, BackupManifest Manifest);
}
