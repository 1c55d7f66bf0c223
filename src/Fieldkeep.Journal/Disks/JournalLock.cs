using Fieldkeep.Vault.Files;

namespace Fieldkeep.Journal.Disks;

/// <summary>Holds the journal's folder for one process: an exclusive lock on the file <c>lock</c> in it.</summary>
/// <remarks>The kernel drops the lock when the process dies, however it dies, so no stale lock can remain.</remarks>
internal sealed class JournalLock : IDisposable
{
    private readonly FileStream _file;

    private JournalLock(FileStream file) => _file = file;

    /// <summary>Creates the folder (0700) if it is absent and locks it.</summary>
    /// <exception cref="JournalException"><see cref="JournalTrouble.InUse"/>, <see cref="JournalTrouble.FolderClosed"/>.</exception>
    public static JournalLock Take(string directory)
    {
        var path = Path.Combine(directory, "lock");
        try
        {
            DurableFile.CreatePrivateDirectory(directory);
            // FileShare.None is flock(LOCK_EX | LOCK_NB); the handle is close-on-exec, so no child inherits it.
            var options = new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };
            return new JournalLock(new FileStream(path, options));
        }
        catch (UnauthorizedAccessException e)
        {
            throw Closed(directory, e);
        }
        catch (IOException e)
        {
            throw IsHeldByAnother(path)
                ? new JournalException(JournalTrouble.InUse, $"The journal's folder {directory} is in use by another process: stop that one first.", e)
                : Closed(directory, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static JournalException Closed(string directory, Exception cause) =>
        new(JournalTrouble.FolderClosed, $"The journal's folder {directory} cannot be used: {cause.Message}", cause);

    private static bool IsHeldByAnother(string path)
    {
        try
        {
            // Fails here only if someone holds the exclusive lock.
            using var probe = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
