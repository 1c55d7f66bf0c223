namespace Fieldkeep.Backup.Clusters;

/// <summary>Makes a new PostgreSQL cluster with our settings in a data directory.</summary>
internal static class MakeCluster
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes it.</summary>
    /// <param name="writeSettings">Writes our settings into the cluster's directory.</param>
    /// <exception cref="ClusterException">It cannot be made.</exception>
    public static async Task RunAsync(
        ClusterFolders folders,
        ClusterAccount account,
        PostgresBinaries binaries,
        ClusterMode mode,
        Func<string, CancellationToken, Task> writeSettings,
        CancellationToken cancellationToken)
    {
        // A killed initdb leaves half a cluster: it is made beside and renamed when whole.
        if (Directory.Exists(folders.UnfinishedCluster))
        {
            Directory.Delete(folders.UnfinishedCluster, recursive: true);
        }

        Directory.CreateDirectory(folders.UnfinishedCluster, OwnerOnly);
        await account.GiveAsync([folders.UnfinishedCluster], cancellationToken);
        List<string> command =
        [
            binaries.PathOf("initdb"), $"--pgdata={folders.UnfinishedCluster}", "--data-checksums", "--locale=C.UTF-8",
            "--encoding=UTF8", "--auth=peer", $"--username={ClusterAddress.Superuser}", "--no-instructions",
        ];
        if (mode == ClusterMode.Disposable)
        {
            command.Add("--no-sync");
        }

        var made = await account.RunAsync(command, cancellationToken);
        if (!made.Succeeded)
        {
            throw new ClusterException(
                ClusterTrouble.DoesNotStart,
                $"initdb could not make a cluster in {folders.UnfinishedCluster}: {made.LastLine}",
                "is the disk full, or is the folder on a file system without owners and modes?");
        }

        await File.AppendAllTextAsync(
            Path.Combine(folders.UnfinishedCluster, "postgresql.conf"), ClusterSettings.Include, cancellationToken);
        await writeSettings(folders.UnfinishedCluster, cancellationToken);
        if (mode == ClusterMode.Durable)
        {
            await ToolProcess.RunAsync(["sync", "-f", folders.UnfinishedCluster], cancellationToken);
        }

        Directory.Move(folders.UnfinishedCluster, folders.Cluster);
    }
}
