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
    // A blob may have been noted a little before the base backup was begun, by a clock that was set.
    private static readonly TimeSpan Before = TimeSpan.FromHours(1);

    /// <summary>Gives every path once.</summary>
    /// <param name="tell">Receives a sentence for each list that cannot be read: blobs may be missing then.</param>
    public static async Task<IReadOnlyCollection<BlobEntry>> FindAsync(
        BackupStore store, WalShelf shelf, RestoreChoice choice, Keyring keyring, Action<string> tell, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, BlobEntry>(StringComparer.Ordinal);
        shelf.ReadBlobs(tell, (at, blob) =>
        {
            if (at >= choice.Manifest.TakenAt - Before)
            {
                found[blob.Path] = blob;
            }
        });
        foreach (var later in store.List().Where(name => string.CompareOrdinal(name, choice.Backup) > 0))
        {
            try
            {
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

    /// <summary>Brings them back; tells of those that are missing or damaged, for the rest is better than nothing. Returns how many came.</summary>
    public static async Task<long> RestoreAsync(
        BackupStore store, IEnumerable<BlobEntry> blobs, string folder, Action<string> tell, CancellationToken cancellationToken)
    {
        var count = 0L;
        foreach (var blob in blobs)
        {
            var path = Path.Combine(folder, blob.Path);
            if (File.Exists(path))
            {
                continue;
            }

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
