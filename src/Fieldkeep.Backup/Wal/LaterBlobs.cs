using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Wal;

/// <summary>
/// Finds the blobs that came after a base backup, which a restore to a later instant needs: those that were noted as they came, and those in later
/// backups' lists. Some may belong to rows of after the instant; nothing names them then.
/// </summary>
internal static class LaterBlobs
{
    // Only for backups that did not count what was noted: by a clock that may have been set.
    private static readonly TimeSpan Before = TimeSpan.FromHours(1);

    /// <summary>Whether a blob was noted after a backup was begun.</summary>
    public static bool IsAfter(BackupManifest manifest, NotedBlob noted) => manifest.NotedBlobs is { } counted
        ? noted.Frame >= (counted.TryGetValue(noted.List, out var frames) ? frames : 0)
        : noted.At >= manifest.TakenAt - Before;

    /// <summary>Gives every path once.</summary>
    /// <param name="tell">Receives a sentence for each list that cannot be read: blobs may be missing then.</param>
    public static async Task<IReadOnlyCollection<BlobEntry>> FindAsync(
        BackupStore store, WalShelf shelf, RestoreChoice choice, Keyring keyring, Action<string> tell, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, BlobEntry>(StringComparer.Ordinal);
        shelf.ReadBlobs(tell, noted =>
        {
            if (IsAfter(choice.Manifest, noted))
            {
                found[noted.Entry.Path] = noted.Entry;
            }
        });
        foreach (var later in store.List().Where(name => name != choice.Backup))
        {
            try
            {
                if (!IsLater(later, VerifyBackup.OpenManifest(store.FolderOf(later), keyring).Manifest, choice))
                {
                    continue;
                }

                await ReadListAsync(
                    store, later, keyring,
                    blob =>
                    {
                        found[blob.Path] = blob;
                        return Task.CompletedTask;
                    },
                    cancellationToken);
            }
            catch (Exception damaged) when (damaged is BackupException or IOException or UnauthorizedAccessException)
            {
                tell(damaged.Message);
            }
        }

        return found.Values;
    }

    // By what had been noted when each was begun; only where that is the same, or was not counted, by their names, which are of the clock.
    private static bool IsLater(string name, BackupManifest manifest, RestoreChoice choice)
    {
        if (manifest.NotedBlobs is { } there && choice.Manifest.NotedBlobs is { } here)
        {
            var isLess = here.Any(one => !there.TryGetValue(one.Key, out var frames) || frames < one.Value);
            var isMore = there.Any(one => !here.TryGetValue(one.Key, out var frames) || frames < one.Value);
            if (isLess != isMore)
            {
                return isMore;
            }
        }

        return string.CompareOrdinal(name, choice.Backup) > 0;
    }

    /// <summary>Brings them back; tells of those that are missing or damaged, for the rest is better than nothing. Returns how many came.</summary>
    /// <param name="requireRoom">Asked before each; throws when there is no room for so many bytes.</param>
    public static async Task<long> RestoreAsync(
        BackupStore store, IEnumerable<BlobEntry> blobs, string folder, Action<long> requireRoom, Action<string> tell, CancellationToken cancellationToken)
    {
        var count = 0L;
        foreach (var blob in blobs)
        {
            var path = Path.Combine(folder, blob.Path);
            if (File.Exists(path))
            {
                continue;
            }

            requireRoom(blob.Bytes);
            try
            {
                await BlobCopy.RestoreAsync(store, blob, folder, cancellationToken);
                count++;
            }
            catch (BackupException missing)
            {
                File.Delete(path);
                tell(missing.Message);
            }
        }

        return count;
    }

    /// <summary>Reads the list of one backup.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    public static async Task ReadListAsync(
        BackupStore store, string backup, Keyring keyring, Func<BlobEntry, Task> take, CancellationToken cancellationToken)
    {
        var folder = store.FolderOf(backup);
        var (manifest, files) = VerifyBackup.OpenManifest(folder, keyring);
        await files.ReadAsync(
            folder, manifest.File(BackupStore.BlobListName), BlobCopy.Column,
            async stream =>
            {
                await foreach (var blob in BlobList.ReadAsync(stream, cancellationToken))
                {
                    await take(blob);
                }
            },
            cancellationToken);
    }
}
