namespace Fieldkeep.Backup.Clusters;

/// <summary>Runs commands as the operating system user that owns the cluster: this one, or <c>postgres</c> when this one is root.</summary>
/// <remarks>PostgreSQL refuses to run as root, rightly.</remarks>
internal sealed class ClusterAccount
{
    private const string PostgresUser = "postgres";

    /// <summary>Lets a process enter folders that are closed to its user; it gives no right to write.</summary>
    private const string PassFolders = "dac_read_search";

    private string[] _prefix = [];

    private ClusterAccount()
    {
    }

    /// <summary>Whether this process is root, so that another user owns the cluster.</summary>
    public bool IsRoot { get; } = Environment.IsPrivilegedProcess;

    /// <summary>The operating system users who may connect: this one, and the one PostgreSQL runs as.</summary>
    public IReadOnlyList<string> Users =>
        [.. new[] { Environment.UserName, IsRoot ? PostgresUser : Environment.UserName }.Distinct(StringComparer.Ordinal)];

    /// <summary>Settles how commands run, and checks that the user may enter the given folder.</summary>
    /// <param name="folder">An existing folder the user owns.</param>
    /// <param name="tell">Receives one line when the user needs a capability to get there.</param>
    /// <exception cref="ClusterException">There is no such user, or a folder on the way is closed.</exception>
    public static async Task<ClusterAccount> OpenAsync(string folder, Action<string> tell, CancellationToken cancellationToken)
    {
        var account = new ClusterAccount();
        if (!account.IsRoot)
        {
            return account;
        }

        await RequireUserAsync(cancellationToken);
        await account.GiveAsync([folder], cancellationToken);
        string[] plain = ["setpriv", $"--reuid={PostgresUser}", $"--regid={PostgresUser}", "--init-groups"];
        if (await account.TryAsync(plain, folder, cancellationToken))
        {
            return account;
        }

        var closed = await account.FirstClosedAsync(folder, cancellationToken);
        string[] passing = [.. plain, $"--inh-caps=+{PassFolders}", $"--ambient-caps=+{PassFolders}"];
        if (await account.TryAsync(passing, folder, cancellationToken))
        {
            tell($"the folder {closed} is closed to the user {PostgresUser}; PostgreSQL runs with the capability {PassFolders} to pass through it");
            return account;
        }

        throw new ClusterException(
            ClusterTrouble.FolderClosed,
            $"the folder {closed} is closed to the user {PostgresUser}, who runs PostgreSQL when the server is root",
            $"open the way with: chmod o+x {closed} — or run the server as an ordinary user, or choose another --data");
    }

    /// <summary>Runs a command as the cluster's user.</summary>
    public Task<ToolResult> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        ToolProcess.RunAsync([.. _prefix, .. command], cancellationToken);

    /// <summary>Makes the cluster's user the owner of files or folders, not of what is in them.</summary>
    public async Task GiveAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        if (!IsRoot)
        {
            return;
        }

        var given = await ToolProcess.RunAsync(["chown", "-h", $"{PostgresUser}:{PostgresUser}", .. paths], cancellationToken);
        if (!given.Succeeded)
        {
            throw new ClusterException(
                ClusterTrouble.FolderClosed,
                $"the user {PostgresUser} could not be made the owner of {string.Join(' ', paths)}: {given.LastLine}",
                "choose a data directory on a local file system that keeps owners");
        }
    }

    /// <summary>Makes the cluster's user the owner of a folder and all that is in it, when this process is root.</summary>
    /// <exception cref="ClusterException">The file system keeps no owners.</exception>
    public static async Task GiveTreeAsync(string folder, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        var given = await ToolProcess.RunAsync(["chown", "-R", "-h", $"{PostgresUser}:{PostgresUser}", folder], cancellationToken);
        if (!given.Succeeded)
        {
            throw new ClusterException(
                ClusterTrouble.FolderClosed,
                $"the user {PostgresUser} could not be made the owner of {folder}: {given.LastLine}",
                "choose a data directory on a local file system that keeps owners");
        }
    }

    private async Task<bool> TryAsync(string[] prefix, string folder, CancellationToken cancellationToken)
    {
        _prefix = prefix;
        // Not test -x: access(2) leaves capabilities out of account, the real work does not.
        return (await RunAsync(["stat", Path.Combine(folder, ".")], cancellationToken)).Succeeded;
    }

    private static async Task RequireUserAsync(CancellationToken cancellationToken)
    {
        if (!(await ToolProcess.RunAsync(["id", "-u", PostgresUser], cancellationToken)).Succeeded)
        {
            throw new ClusterException(
                ClusterTrouble.NoBinaries,
                $"PostgreSQL does not run as root and this machine has no user {PostgresUser}",
                "install PostgreSQL (Debian: apt-get install postgresql), or run the server as an ordinary user");
        }
    }

    private async Task<string> FirstClosedAsync(string folder, CancellationToken cancellationToken)
    {
        var way = new Stack<string>();
        for (var step = folder; step is not null; step = Path.GetDirectoryName(step))
        {
            way.Push(step);
        }

        foreach (var step in way)
        {
            if (!(await RunAsync(["test", "-x", step], cancellationToken)).Succeeded)
            {
                return step;
            }
        }

        return folder;
    }
}
