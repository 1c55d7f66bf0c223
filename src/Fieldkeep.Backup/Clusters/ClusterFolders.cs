using System.Security.Cryptography;
using System.Text;

namespace Fieldkeep.Backup.Clusters;

/// <summary>Names the folders of a data directory that the private cluster uses.</summary>
public sealed record ClusterFolders
{
    /// <summary>The longest socket folder: 107 bytes of a socket address less <c>/.s.PGSQL.5432.lock</c>.</summary>
    private const int MaxSocketFolderBytes = 88;

    /// <summary>Names the folders below a data directory.</summary>
    public ClusterFolders(string root) => Root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>The data directory itself, absolute.</summary>
    public string Root { get; }

    /// <summary>The file whose lock says that a process works here.</summary>
    public string Lock => Path.Combine(Root, "lock");

    /// <summary>PostgreSQL's own data directory.</summary>
    public string Cluster => Path.Combine(Root, "postgres");

    /// <summary>Where a new cluster is made before it is renamed into place.</summary>
    public string UnfinishedCluster => Path.Combine(Root, "postgres.new");

    /// <summary>PostgreSQL's logs.</summary>
    public string Log => Path.Combine(Root, "log", "postgres");

    /// <summary>What PostgreSQL says before its own log is open.</summary>
    public string StartLog => Path.Combine(Log, "start.log");

    /// <summary>The file PostgreSQL writes while it runs.</summary>
    public string PostmasterFile => Path.Combine(Cluster, "postmaster.pid");

    /// <summary>The folder of the socket: <c>DATA/run</c>, or a short one elsewhere when that path is too long for a socket.</summary>
    public string Socket(bool isRoot)
    {
        var own = Path.Combine(Root, "run");
        if (Encoding.UTF8.GetByteCount(own) <= MaxSocketFolderBytes)
        {
            return own;
        }

        var name = "fieldkeep-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Root)))[..16];
        // Only root may write /run, so nobody can lay a false socket there; /run/user of root is closed to PostgreSQL.
        var parent = isRoot ? "/run" : Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") ?? "/tmp";
        return Path.Combine(Directory.Exists(parent) ? parent : "/tmp", name);
    }
}
