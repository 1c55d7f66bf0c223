using Fieldkeep.Backup.Clusters;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Restoring;

/// <summary>Makes the folder in which a restore is tried out, and removes what was restored into it.</summary>
internal static class RehearsalFolder
{
    private const int LockLooks = 10;
    private static readonly TimeSpan LockLook = TimeSpan.FromMilliseconds(100);

    /// <summary>Makes it, or requires that it is empty, that it is this user's alone, and that nobody restores into it now.</summary>
    /// <exception cref="BackupException">WrongFolder.</exception>
    /// <exception cref="ClusterException">Somebody else has it, or it cannot be made.</exception>
    public static async Task PrepareAsync(string scratch, CancellationToken cancellationToken)
    {
        var folders = new ClusterFolders(scratch);
        RestoreBackup.RequireEmpty(folders);
        DurableFile.CreatePrivateDirectory(folders.Root);
        await RequireOwnAsync(folders.Root, cancellationToken);
        // Before anything is removed at its end: what is restored there may be somebody else's.
        using var free = DataLock.Take(folders.Root);
    }

    /// <summary>Removes what was restored, and ends the PostgreSQL that may run in it. A mount point stays, empty.</summary>
    /// <exception cref="IOException">It cannot be removed now, or another restore has it.</exception>
    /// <exception cref="ClusterException">The folder is closed.</exception>
    public static async Task RemoveAsync(string scratch)
    {
        if (!Directory.Exists(scratch))
        {
            return;
        }

        var folders = new ClusterFolders(scratch);
        using (await TakeAsync(folders.Root))
        {
            await RestoreBackup.RemoveRemainsAsync(folders);
            File.Delete(folders.Lock);
        }

        try
        {
            Directory.Delete(folders.Root);
        }
        catch (IOException) when (!Directory.Exists(Path.Combine(folders.Root, RestoreBackup.Staging)))
        {
            // A mount point, or one with a lost+found: nothing of ours is left.
        }
    }

    /// <summary>Removes it as well as it can be now. Returns why something is left; null when nothing is.</summary>
    public static async Task<string?> TryRemoveAsync(string scratch)
    {
        try
        {
            await RemoveAsync(scratch);
            return null;
        }
        catch (Exception left) when (left is IOException or UnauthorizedAccessException or ClusterException)
        {
            return $"what was restored to try it out is left in {scratch}: {left.Message}";
        }
    }

    // What a process that is being started inherits from this one it holds for a moment, a lock as well.
    private static async Task<DataLock> TakeAsync(string root)
    {
        for (var look = 0; look < LockLooks; look++)
        {
            if (DataLock.TryTake(root) is { } held)
            {
                return held;
            }

            await Task.Delay(LockLook, TimeProvider.System, CancellationToken.None);
        }

        throw new IOException($"another restore has {root}");
    }

    // Whoever may write there may put a folder of his own in the place of what is restored.
    private static async Task RequireOwnAsync(string root, CancellationToken cancellationToken)
    {
        var asked = await ToolProcess.RunAsync(["stat", "--format=%u %a", root], cancellationToken);
        var self = await ToolProcess.RunAsync(["id", "--user"], cancellationToken);
        if (asked.Succeeded && self.Succeeded && asked.Output.Trim().Split(' ') is [var owner, var mode] && owner == self.Output.Trim()
            && (Convert.ToInt32(mode, 8) & (int)(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) == 0)
        {
            return;
        }

        throw new BackupException(
            BackupTrouble.WrongFolder,
            $"others than this user may write to {root}, or it belongs to somebody else or is a link",
            "name a folder that is not there yet, or one of this user's own that nobody else may write to");
    }
}
