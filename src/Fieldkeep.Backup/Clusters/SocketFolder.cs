namespace Fieldkeep.Backup.Clusters;

/// <summary>Prepares the folder of a cluster's socket, closed to everyone else.</summary>
internal static class SocketFolder
{
    /// <summary>Creates the folder if it is absent, makes the cluster's user its owner, and returns its path.</summary>
    /// <exception cref="ClusterException">The folder belongs to somebody else.</exception>
    public static async Task<string> PrepareAsync(ClusterFolders folders, ClusterAccount account, CancellationToken cancellationToken)
    {
        var folder = folders.Socket(account.IsRoot);
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(folder, OwnerOnly);

        // Under /tmp somebody else may have laid a folder or a link of this name: %u is its owner, %F its kind.
        var kind = await ToolProcess.RunAsync(["stat", "--format=%U %F", folder], cancellationToken);
        var isOurs = account.Users.Any(user => kind.Output.Trim() == $"{user} directory");
        if (!isOurs)
        {
            throw new ClusterException(
                ClusterTrouble.FolderClosed,
                $"the folder {folder} for PostgreSQL's socket belongs to somebody else ({kind.Output.Trim()})",
                "remove it, or choose a --data whose path is shorter than 80 characters");
        }

        File.SetUnixFileMode(folder, OwnerOnly);
        await account.GiveAsync([folder], cancellationToken);
        return folder;
    }
}
