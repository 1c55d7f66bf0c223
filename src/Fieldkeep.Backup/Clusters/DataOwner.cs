using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Clusters;

/// <summary>Keeps root from working in a data directory whose server is another user: what root writes there, that server cannot read.</summary>
public static class DataOwner
{
    /// <summary>Refuses when this process is root and the keyring is another user's. Any other user is kept out by the files themselves.</summary>
    /// <param name="dataDirectory">Of a running or a stopped server.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClusterException">FolderClosed, with the user to run it as.</exception>
    public static async Task RequireAsync(string dataDirectory, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess || KeyringFiles.Below(dataDirectory).KeyringPaths.FirstOrDefault(File.Exists) is not { } keyring)
        {
            return;
        }

        var asked = await ToolProcess.RunAsync(["stat", "-c", "%u %U", keyring], cancellationToken);
        if (!asked.Succeeded || asked.Output.Trim().Split(' ') is not [var number, var name] || number == "0")
        {
            return;
        }

        var user = name == "UNKNOWN" ? $"'#{number}'" : name;
        throw new ClusterException(
            ClusterTrouble.FolderClosed,
            $"{dataDirectory} belongs to the user {user}, and this runs as root: the server could not read what it writes there",
            $"run it as that user: sudo -u {user} fieldkeep … --data {dataDirectory}");
    }
}
