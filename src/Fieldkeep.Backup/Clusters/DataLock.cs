namespace Fieldkeep.Backup.Clusters;

/// <summary>Holds the data directory for one process: an exclusive lock on <c>DATA/lock</c> that ends with the process.</summary>
/// <remarks>The kernel drops the lock when the process dies, however it dies, so no stale lock can remain.</remarks>
public sealed class DataLock : IDisposable
{
    private readonly FileStream _file;

    private DataLock(ClusterFolders folders, FileStream file)
    {
        Folders = folders;
        _file = file;
    }

    /// <summary>The folders of the locked data directory.</summary>
    public ClusterFolders Folders { get; }

    /// <summary>Creates the data directory if it is absent and locks it.</summary>
    /// <exception cref="ClusterException">Another process holds it, or it cannot be created or written.</exception>
    public static DataLock Take(string dataDirectory) =>
        TryTake(dataDirectory)
        ?? throw new ClusterException(
            ClusterTrouble.DataDirectoryInUse,
            $"the data directory {dataDirectory} is in use by another Fieldkeep process",
            "stop the other server first, or give this one its own folder with --data");

    /// <summary>Locks the data directory, or returns null when another process holds it.</summary>
    /// <exception cref="ClusterException">The folder cannot be created or written.</exception>
    public static DataLock? TryTake(string dataDirectory)
    {
        var folders = new ClusterFolders(dataDirectory);
        try
        {
            CreateDataDirectory(folders.Root);
            // FileShare.None is flock(LOCK_EX | LOCK_NB); the handle is close-on-exec, so PostgreSQL does not inherit it.
            return new DataLock(folders, new FileStream(folders.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException or PathTooLongException)
        {
            throw Closed(folders, e);
        }
        catch (IOException e)
        {
            return IsHeldByAnother(folders.Lock) ? null : throw Closed(folders, e);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    private static ClusterException Closed(ClusterFolders folders, Exception cause) =>
        new(
            ClusterTrouble.FolderClosed,
            $"the data directory {folders.Root} cannot be used: {cause.Message}",
            "give a folder this user may write with --data or FIELDKEEP_DATA",
            cause);

    private static void CreateDataDirectory(string root)
    {
        if (Directory.Exists(root))
        {
            return;
        }

        // Others may pass through to their own sub-folder (PostgreSQL's user, when the server is root) but list nothing.
        Directory.CreateDirectory(
            root,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    private static bool IsHeldByAnother(string path)
    {
        try
        {
            // Reading needs no write permission: fails here only if someone holds the exclusive lock.
            using var probe = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
