using System.Globalization;
using Fieldkeep.Backup.Objects;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Store;

/// <summary>Names the places below a backup directory, and lets a finished backup appear there all at once.</summary>
internal sealed class BackupStore(string root)
{
    public const string ManifestName = "manifest.json";
    public const string SealedManifestName = "manifest.fk1";
    public const string DatabaseName = "database.tar.br.fk1";
    public const string DrivenName = "database.pgbackrest.fk1";
    public const string BlobListName = "blobs.list.fk1";
    public const string OtherFilesName = "files.tar.br.fk1";

    /// <summary>Where a server keeps its backups when nobody names another place: below its data directory.</summary>
    public const string Below = "backups";

    /// <summary>How a moment, UTC, stands in the name of a file or a folder.</summary>
    internal const string NameFormat = "yyyyMMdd'T'HHmmss'Z'";

    private const string UnfinishedPrefix = ".unfinished-";

    /// <summary>The backup directory, absolute.</summary>
    public string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>
    /// The ids of which the directory must have one (<c>keys/id</c>), so that what is not mounted is not written beside its place; empty for a directory
    /// that may be new.
    /// </summary>
    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>Looks the ids up again, for one that is not among them: a disk may have been added since. Null to look no further.</summary>
    public Func<IReadOnlyList<string>>? FindIds { get; init; }

    /// <summary>So many bytes stay free on its disk, for what comes first there; 0 to fill it.</summary>
    public long LeastFreeBytes { get; init; }

    public IReadOnlyList<string> KeyringPaths =>
        [Path.Combine(Root, "keys", "keyring"), Path.Combine(Root, "keys", "copy", "keyring")];

    private string Backups => Path.Combine(Root, "backups");

    /// <summary>Finds the store for what a person gives: the store itself, or one backup in it. Returns that backup's name too.</summary>
    /// <exception cref="BackupException">WrongFolder.</exception>
    public static (BackupStore Store, string? Backup) Find(string path)
    {
        if (ObjectStoreOptions.IsAddress(path))
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                "an object store is fetched into a backup directory first",
                // Not what was given: somebody may have put a key there.
                "fieldkeep backup fetch --from s3://BUCKET/PREFIX --to DIR --new; then give DIR");
        }

        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        // A data directory is given for the backup directory in it.
        if (Directory.Exists(Path.Combine(full, Below, "backups")))
        {
            full = Path.Combine(full, Below);
        }

        if (Directory.Exists(Path.Combine(full, "backups")))
        {
            return (new BackupStore(full), null);
        }

        var parent = Path.GetDirectoryName(full);
        return Path.GetFileName(parent) == "backups" && File.Exists(Path.Combine(full, ManifestName))
            ? (new BackupStore(Path.GetDirectoryName(parent) ?? "/"), Path.GetFileName(full))
            : throw new BackupException(
                BackupTrouble.WrongFolder, $"{full} is no backup directory: it has no folder “backups”", "give the folder that was given to “backup --to”");
    }

    /// <summary>Requires that the directory is there and is one that is meant.</summary>
    /// <exception cref="BackupException">WrongFolder.</exception>
    public void Require() => RequireMounted();

    /// <summary>
    /// Requires that the directory is there and gives it as that one alone: of disks that take turns at one path the next is refused by it, for what was
    /// begun on one does not go on upon another.
    /// </summary>
    /// <exception cref="BackupException">WrongFolder.</exception>
    public BackupStore RequireMounted()
    {
        if (Ids.Count == 0)
        {
            return this;
        }

        var id = KeyringTargets.FindId(Root);
        return id is not null && (Ids.Contains(id, StringComparer.Ordinal) || FindIds?.Invoke().Contains(id, StringComparer.Ordinal) == true)
            ? new BackupStore(Root) { Ids = [id], LeastFreeBytes = LeastFreeBytes }
            : throw new BackupException(
                BackupTrouble.WrongFolder,
                $"the backup directory {Root} is not there: nothing there has the id {string.Join(" or ", Ids)} in keys/id",
                "mount it; to begin with an empty one at that place, take a backup into it once with “fieldkeep backup --to … --new”");
    }

    /// <summary>Requires that so many bytes more leave what is to stay free.</summary>
    /// <exception cref="BackupException">WrongFolder: they do not.</exception>
    public void RequireRoom(long bytes)
    {
        if (LeastFreeBytes > 0 && Disks.FreeBytes(Root) is { } free && free - bytes < LeastFreeBytes)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"the disk of {Root} has {Disks.Words(free)} left; {Disks.Words(bytes)} more would leave less than the {Disks.Words(LeastFreeBytes)} that are kept free",
                "make room, or name a backup directory on a larger disk");
        }
    }

    /// <summary>Makes a folder below the directory, durably, and those above it; follows no link on the way.</summary>
    /// <exception cref="BackupException">Damaged: there is a link.</exception>
    public void MakeFolder(string path)
    {
        var below = Path.GetRelativePath(Root, path);
        var at = Root;
        DurableFile.CreatePrivateDirectory(at);
        foreach (var step in below == "." ? [] : below.Split(Path.DirectorySeparatorChar))
        {
            at = Path.Combine(at, step);
            DurableFile.CreatePrivateDirectory(at);
            if (!PlainFile.IsFolder(at))
            {
                throw BackupException.Damaged($"{at} is a link, and nothing is written through it");
            }
        }
    }

    /// <summary>Takes the store's lock, which ends with the process.</summary>
    /// <exception cref="BackupException">InUse, WrongFolder.</exception>
    /// <exception cref="IOException">Something else lies in its place, a link for instance.</exception>
    public FileLock Lock()
    {
        Require();
        MakeFolder(Backups);
        MakeFolder(Path.Combine(Root, "blobs"));
        return FileLock.TryTake(Path.Combine(Root, "lock")) ?? throw new BackupException(
            BackupTrouble.InUse, $"another backup is writing to {Root}", "wait for it to finish; a killed one holds nothing");
    }

    /// <summary>The names of the whole backups, oldest first.</summary>
    public IReadOnlyList<string> List() => !Directory.Exists(Backups)
        ? []
        :
        [
            .. Directory.EnumerateDirectories(Backups).Select(path => Path.GetFileName(path))
                .Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal),
        ];

    public string FolderOf(string backup) => Path.Combine(Backups, backup);

    /// <summary>The folder of a backup that is not whole yet.</summary>
    public string UnfinishedFolderOf(string backup) => Path.Combine(Backups, UnfinishedPrefix + backup);

    /// <summary>The folders of backups that are not whole yet.</summary>
    public IReadOnlyList<string> UnfinishedFolders() => Directory.Exists(Backups) ? [.. Directory.EnumerateDirectories(Backups, UnfinishedPrefix + "*")] : [];

    /// <summary>The name that a backup gets.</summary>
    public static string NameOf(BackupManifest manifest) =>
        manifest.TakenAt.UtcDateTime.ToString(NameFormat, CultureInfo.InvariantCulture) + "-" + manifest.Id.ToString("N")[..8];

    public string BlobPath(string sha256) => Path.Combine(Root, "blobs", sha256[..2], sha256);

    /// <summary>Makes the folder of a new backup, after removing those of killed ones.</summary>
    public string BeginBackup(Guid id)
    {
        foreach (var remains in Directory.EnumerateDirectories(Backups, UnfinishedPrefix + "*"))
        {
            Directory.Delete(remains, recursive: true);
        }

        var folder = Path.Combine(Backups, UnfinishedPrefix + id.ToString("N"));
        DurableFile.CreatePrivateDirectory(folder);
        return folder;
    }

    /// <summary>When a backup was begun, UTC, as its name says; null when it does not.</summary>
    public static DateTimeOffset? BegunAtOf(string backup) =>
        DateTimeOffset.TryParseExact(
            backup.Split('-')[0], NameFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var begun)
            ? begun
            : null;

    /// <summary>Gives a complete, verified backup its name.</summary>
    public string FinishBackup(string folder, BackupManifest manifest)
    {
        var name = NameOf(manifest);
        DurableFile.SyncDirectory(folder);
        Directory.Move(folder, FolderOf(name));
        DurableFile.SyncDirectory(Backups);
        return name;
    }

    /// <summary>Removes a backup: its name first, so that half of one never has a name.</summary>
    public void RemoveBackup(string backup)
    {
        var remains = Path.Combine(Backups, UnfinishedPrefix + backup);
        Directory.Move(FolderOf(backup), remains);
        DurableFile.SyncDirectory(Backups);
        Directory.Delete(remains, recursive: true);
    }

    /// <summary>Finds blobs that were copied before an instant.</summary>
    /// <param name="isOld">Whether the blob with a SHA-256 is meant.</param>
    /// <param name="before">What was copied later is not.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public IEnumerable<string> FindBlobs(Func<string, bool> isOld, DateTimeOffset before, CancellationToken cancellationToken) =>
        Directory.EnumerateDirectories(Path.Combine(Root, "blobs")).Where(PlainFile.IsFolder)
            .SelectMany(Directory.EnumerateFiles)
            .Where(path =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return isOld(Path.GetFileName(path)) && File.GetLastWriteTimeUtc(path) < before.UtcDateTime;
            });
}
