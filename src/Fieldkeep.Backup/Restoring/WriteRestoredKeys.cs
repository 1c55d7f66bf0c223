using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Roots;

namespace Fieldkeep.Backup.Restoring;

/// <summary>Writes the keys of a restored installation, where its backup directories are, and that it was restored; all of it to the disk.</summary>
internal static class WriteRestoredKeys
{
    /// <summary>Writes them.</summary>
    /// <exception cref="BackupException">ToolFailed: what was restored could not be written to its disk.</exception>
    public static async Task RunAsync(
        BackupStore store,
        Keyring keyring,
        RootKey root,
        ClusterFolders staging,
        RestoreOptions options,
        IProgress<string> progress,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        await File.WriteAllBytesAsync(Path.Combine(staging.Root, RestoreBackup.Mark), [], cancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(staging.Root, RestoreBackup.JournalMark), [], cancellationToken);
        var files = KeyringFiles.Below(staging.Root);
        keyring.RestoreTo(files.KeyringPaths);
        RestoreTargets(store, files, new ClusterFolders(options.DataDirectory).Root, options.IsRehearsal);
        if (options is { RecoveryKeyFile: null, RootKeyPath: null } && RootSlips.Read(files.KeyringPaths) is [{ Provider: var provider }, ..])
        {
            // Held elsewhere: it must not lie in clear beside the data because somebody restored them.
            progress.Report($"the root key stays with {provider}");
        }
        else
        {
            // Given by hand: whoever held it may be gone.
            RootSlips.Write(files.KeyringPaths, []);
            root.Write(files.RootKeyPath);
            using var opened = Keyring.Open(files, clock);
            progress.Report("the keys open");
        }

        if (!(await ToolProcess.RunAsync(["sync", "-f", staging.Root], cancellationToken)).Succeeded)
        {
            throw new BackupException(
                BackupTrouble.ToolFailed, $"what was restored could not be written to the disk of {staging.Root}", "is the disk full or failing?");
        }
    }

    // The backup brought those that were known when it was taken; one of before they were sealed into backups brought none.
    private static void RestoreTargets(BackupStore store, KeyringFiles files, string data, bool isRehearsal)
    {
        if (isRehearsal)
        {
            File.Delete(Path.Combine(DurableFile.DirectoryOf(files.KeyringPaths[0]), Path.GetFileName(KeyringTargets.RelativePath)));
            return;
        }

        // The restored server has none below its data directory; it begins another one there.
        KeyringTargets.Forget(files.KeyringPaths, FollowBackup.DefaultDirectory(data));
        KeyringTargets.AddUnwritten(files.KeyringPaths, store.Root);
    }
}
