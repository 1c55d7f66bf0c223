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
/// Removes what is too old from a backup directory: base backups, the log that only they need, and blobs that none of those that stay names. Never more
/// than all but two base backups, and nothing at all unless the newest was verified just now.
/// </summary>
internal sealed class PruneBackups(BackupStore store, Keyring keyring, IProgress<string> progress, TimeProvider clock)
{
    private const int FewestKept = 2;

    // Clocks of machines differ; and what was copied a moment before a base backup may be named in the next only.
    private static readonly TimeSpan Margin = TimeSpan.FromDays(1);

    private readonly WalShelf _shelf = new(store, keyring.InstallationId, keyring.BackupKey);

    /// <summary>Removes what is too old; all of the last week's base backups stay, then one a week.</summary>
    /// <param name="keepDays">After so many days base backups go; at least two stay.</param>
    /// <param name="isNewestVerified">Whether every byte of the newest was verified just now.</param>
    /// <exception cref="BackupException">InUse; Damaged: the newest is not whole, and nothing was removed.</exception>
    public async Task<PruneReport> RunAsync(int keepDays, bool isNewestVerified, CancellationToken cancellationToken)
    {
        using var held = store.Lock();
        var bases = ReadBases();
        var (kept, old) = Retention.Choose(bases, one => one.Manifest.TakenAt, clock.GetUtcNow(), keepDays, FewestKept);
        if (old.Count == 0)
        {
            return new PruneReport([], 0, 0);
        }

        await RequireNewestAsync(kept[^1], isNewestVerified, cancellationToken);
        // The log first: were the backups gone and their log not, nobody would know that it can go.
        var logFiles = PruneLog(kept);
        foreach (var (name, _) in old)
        {
            store.RemoveBackup(name);
        }

        var blobs = await PruneBlobsAsync(kept, cancellationToken);
        var report = new PruneReport([.. old.Select(one => one.Name)], logFiles, blobs);
        progress.Report($"removed what is older than it is to be kept: {report.Backups.Count} base backups, {logFiles} files of the log, {blobs} blobs");
        return report;
    }

    // Those that do not open are not touched: they may be another key's, and somebody may mend them.
    private List<(string Name, BackupManifest Manifest)> ReadBases()
    {
        var bases = new List<(string Name, BackupManifest Manifest)>();
        foreach (var name in store.List())
        {
            try
            {
                bases.Add((name, VerifyBackup.OpenManifest(store.FolderOf(name), keyring).Manifest));
            }
            catch (Exception damaged) when (damaged is BackupException or IOException or UnauthorizedAccessException)
            {
                progress.Report($"the backup {name} is left as it is: {damaged.Message}");
            }
        }

        return [.. bases.OrderBy(one => one.Manifest.TakenAt)];
    }

    private async Task RequireNewestAsync((string Name, BackupManifest Manifest) newest, bool isVerified, CancellationToken cancellationToken)
    {
        if (!isVerified)
        {
            await VerifyBackup.RunAsync(store, store.FolderOf(newest.Name), keyring, cancellationToken);
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

    private int PruneLog(IReadOnlyList<(string Name, BackupManifest Manifest)> kept)
    {
        var removed = 0;
        foreach (var system in kept.Select(one => one.Manifest.Log?.SystemNumber).OfType<ulong>().Distinct())
        {
            // The newest past is being written, and its first base backup may not be there yet.
            var pasts = _shelf.Pasts(system);
            foreach (var past in pasts)
            {
                var logs = kept.Select(one => one.Manifest.Log).OfType<BackupLog>().Where(log => log.FindPast() == past).ToList();
                if (logs.Count > 0 || past != pasts[^1])
                {
                    removed += PruneLog(past, logs);
                }
            }
        }

        return removed;
    }

    private int PruneLog(WalPast past, IReadOnlyList<BackupLog> kept)
    {
        if (WalNeed.Find(_shelf, past, kept) is not { } needed)
        {
            progress.Report("a history of the log cannot be read: nothing of that past is removed");
            return 0;
        }

        return _shelf.Timelines(past).Sum(timeline => _shelf.Remove(
            past, timeline, needed.TryGetValue(timeline, out var from) ? from : null));
    }

    private async Task<int> PruneBlobsAsync(IReadOnlyList<(string Name, BackupManifest Manifest)> kept, CancellationToken cancellationToken)
    {
        var before = kept[0].Manifest.TakenAt - Margin;
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, _) in kept)
        {
            await LaterBlobs.ReadListAsync(
                store, name, keyring,
                blob =>
                {
                    named.Add(blob.Sha256);
                    return Task.CompletedTask;
                },
                cancellationToken);
        }

        var isWhole = true;
        _shelf.ReadBlobs(
            words =>
            {
                progress.Report(words);
                isWhole = false;
            },
            (at, blob) =>
            {
                if (at >= before)
                {
                    named.Add(blob.Sha256);
                }
            });
        return isWhole ? store.RemoveBlobs(sha256 => !named.Contains(sha256), before) : 0;
    }
}
