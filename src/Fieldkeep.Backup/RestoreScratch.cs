using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Following;
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

    // So many bytes stay free, as beside a rehearsal: the living database stops hard where its disk is full, and base backups are removed early long before.
    private const long LeastFreeBytes = 4L << 30;

    // What the scratch PostgreSQL writes into its own log while it is looked at; its start makes a few segments, too.
    private const long OwnLogBytes = 1L << 30;

    // What is restored, and what may be copied out of it.
    private const int Copies = 2;

    // The log lies beside the cluster, once more within it as it is replayed, and what it says is written into tables.
    private const int LogCopies = 3;

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
        var disk = Path.GetDirectoryName(Path.GetFullPath(scratch)) ?? "/";
        var room = new ScratchRoom(disk, LeastFreeBytes, clock) { Purpose = "to restore what is needed beside the data", Hint = "make room" };
        room.Require(NeededBytes(await PlanRestore.RunAsync(from, to, keyring, progress, cancellationToken)));
        using var trying = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watch = room.WatchAsync(trying);
        var isCleared = false;
        try
        {
            var options = new RestoreOptions(from, scratch) { Check = look, To = to, IsRehearsal = true, RequireRoom = room.Require };
            var report = await RestoreBackup.TryGivenAsync(options, store, given, keyring, progress, clock, trying.Token);
            isCleared = true;
            await ClearAsync(scratch, progress);
            return report;
        }
        catch (Exception) when (!isCleared)
        {
            await ClearAfterFailureAsync(scratch, progress);
            if (room.Shortage is { } words && !cancellationToken.IsCancellationRequested)
            {
                // What is cut off fails in whatever way; why it was cut off is known.
                throw new BackupException(BackupTrouble.WrongFolder, words, room.Hint);
            }

            throw;
        }
        finally
        {
            await trying.CancelAsync();
            await watch;
        }
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
    internal static long NeededBytes(RestorePlan plan) =>
        (Copies * (plan.BlobBytes + plan.RestoredBytes)) + (LogCopies * (long)plan.SegmentCount * WalSegment.Bytes) + OwnLogBytes;

    private static async Task ClearAfterFailureAsync(string scratch, IProgress<string> progress)
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
