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
        RequireRoom(scratch, await PlanRestore.RunAsync(from, to, keyring, progress, cancellationToken));
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

    /// <summary>Bytes that a restore, and a copy of all that is in it, may take on the disk.</summary>
    internal static long NeededBytes(RestorePlan plan)
    {
        // What is restored, and what may be copied out of it.
        var twice = plan.BlobBytes + (plan.DatabaseBytes * Unpacked);

        // The log is put beside the cluster, and replaying it writes as much again.
        var log = (long)plan.SegmentCount * WalSegment.Bytes;
        return (2 * twice) + (2 * log) + SpareBytes;
    }

    // The living database stops hard where its disk is full.
    private static void RequireRoom(string scratch, RestorePlan plan)
    {
        var needed = NeededBytes(plan);
        var disk = Path.GetDirectoryName(Path.GetFullPath(scratch)) ?? "/";
        if (Disks.FreeBytes(disk) is { } free && free < needed)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder, $"{disk} has room for {Disks.Words(free)}, and what is restored may need {Disks.Words(needed)}", "make room");
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
