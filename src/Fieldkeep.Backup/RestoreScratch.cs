using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup;

/// <summary>
/// Restores an installation as of a moment into a scratch folder, for somebody who copies a part of it, and removes it. It is opened with the keys of the
/// living one: what those do not open any more, nobody gets back by this. No keys are written.
/// </summary>
public static class RestoreScratch
{
    /// <summary>The scratch folder below a data directory; backups leave out what begins with a dot.</summary>
    public const string Folder = ".recovery";

    // What PostgreSQL writes while it replays, and what the living database needs meanwhile.
    private const long SpareBytes = 2L << 30;

    // The copy of a database is compressed, to a fifth or so.
    private const int Unpacked = 8;

    /// <summary>Does it. One at a time: the scratch folder is locked.</summary>
    /// <param name="from">The backup directory (its newest backup), or one backup in it.</param>
    /// <param name="to">The instant; <see cref="RestoreOptions.Latest"/> for all there is, null for the backup alone.</param>
    /// <param name="scratch">The scratch folder; what a killed one left there is removed first.</param>
    /// <param name="keyring">The opened keys of the installation.</param>
    /// <param name="look">Gets what was restored, while it runs.</param>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <param name="clock">Measures pauses.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BackupException">Why it could not be restored.</exception>
    /// <exception cref="ClusterException">PostgreSQL cannot be started; DataDirectoryInUse: another one is at it.</exception>
    /// <exception cref="Vault.VaultException">The backup is of another installation, or its key is gone.</exception>
    public static async Task<RestoreReport> RunAsync(
        string from,
        DateTimeOffset? to,
        string scratch,
        Keyring keyring,
        CheckRestored look,
        IProgress<string> progress,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var (store, given) = BackupStore.Find(from);
        await ClearAsync(scratch, progress);
        var shelf = new WalShelf(store, keyring.InstallationId, keyring.BackupKey);
        RequireRoom(scratch, RestoreChoice.Make(store, shelf, given, to, keyring, progress).Manifest);
        RestoreReport report;
        try
        {
            report = await RestoreBackup.TryGivenAsync(
                new RestoreOptions(from, scratch) { Check = look, To = to, IsRehearsal = true }, store, given, keyring, progress, clock, cancellationToken);
        }
        catch
        {
            try
            {
                await ClearAsync(scratch, progress);
            }
#pragma warning disable CA1031 // Why it failed is what must be told; the next start clears what is left.
            catch (Exception second)
#pragma warning restore CA1031
            {
                progress.Report($"{scratch} is left: {second.Message}");
            }

            throw;
        }

        await ClearAsync(scratch, progress);
        return report;
    }

    /// <summary>Removes what a killed one left below a data directory, its PostgreSQL with it; false when one is at it now, and nothing is done.</summary>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="alone">Done while no other can begin.</param>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClusterException">Its PostgreSQL cannot be stopped.</exception>
    public static async Task<bool> ClearLeftAsync(
        string dataDirectory, Func<CancellationToken, Task> alone, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var scratch = Path.Combine(dataDirectory, Folder);
        using var held = DataLock.TryTake(scratch);
        if (held is null)
        {
            return false;
        }

        try
        {
            await alone(cancellationToken);
        }
        finally
        {
            await RemoveAsync(scratch, progress);
        }

        return true;
    }

    // Twice: what is restored, and what may be copied out of it. The living database stops hard where its disk is full.
    private static void RequireRoom(string scratch, BackupManifest manifest)
    {
        var needed = (2 * (manifest.BlobBytes + (manifest.File(BackupStore.DatabaseName).Bytes * Unpacked))) + SpareBytes;
        var disk = Path.GetDirectoryName(Path.GetFullPath(scratch)) ?? "/";
        var free = new DriveInfo(disk).AvailableFreeSpace;
        if (free < needed)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder, $"{disk} has room for {free >> 20} MiB, and to restore what is needed may take {needed >> 20} MiB", "make room");
        }
    }

    // A killed one may have left its PostgreSQL running: it is stopped before its files go.
    private static async Task ClearAsync(string scratch, IProgress<string> progress)
    {
        if (!Directory.Exists(scratch))
        {
            return;
        }

        using var held = DataLock.Take(scratch);
        await RemoveAsync(scratch, progress);
    }

    private static async Task RemoveAsync(string scratch, IProgress<string> progress)
    {
        foreach (var left in Directory.EnumerateDirectories(scratch))
        {
            if (PrivateCluster.FindRunning(left) is not null)
            {
                using var mine = DataLock.Take(left);
                await PrivateCluster.StopRunningAsync(mine, progress.Report, CancellationToken.None);
            }
        }

        // With the lock's own file: who holds it is alone here.
        Directory.Delete(scratch, recursive: true);
    }
}
