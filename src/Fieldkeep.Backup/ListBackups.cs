using Fieldkeep.Backup.Store;

namespace Fieldkeep.Backup;

/// <summary>A base backup as its clear manifest tells of it, which is not to be believed before it is opened.</summary>
/// <param name="Name">Its name; the beginning is when it was begun.</param>
/// <param name="TakenAt">When it was begun, UTC; null when the manifest cannot be read.</param>
/// <param name="DatabaseBytes">Bytes of the sealed copy of the database; null likewise.</param>
/// <param name="BlobCount">Blobs that belong to it; null likewise.</param>
/// <param name="IsByHand">Whether somebody took it by hand: it stays until somebody removes it.</param>
public sealed record ListedBackup(string Name, DateTimeOffset? TakenAt, long? DatabaseBytes, long? BlobCount, bool IsByHand);

/// <summary>Lists the base backups of a backup directory.</summary>
public static class ListBackups
{
    /// <summary>Lists them, newest first. A disk that hangs holds whoever asks.</summary>
    /// <param name="directory">The backup directory.</param>
    /// <exception cref="BackupException">It is none.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static IReadOnlyList<ListedBackup> Run(string directory)
    {
        var (store, _) = BackupStore.Find(directory);
        return [.. store.List().Reverse().Select(name => Describe(store, name))];
    }

    private static ListedBackup Describe(BackupStore store, string name)
    {
        try
        {
            var manifest = VerifyBackup.ReadClearManifest(store.FolderOf(name));
            return new ListedBackup(name, manifest.TakenAt, manifest.DatabaseBytes, manifest.BlobCount, manifest.IsFollowed != true);
        }
        catch (BackupException)
        {
            return new ListedBackup(name, null, null, null, false);
        }
    }
}
