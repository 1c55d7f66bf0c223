using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Driven;

/// <summary>
/// A full backup of pgBackRest and those of what changed since, in a repository of their own below the backup directory, with a key of its own. What
/// marks the folder as the server's is that key, sealed: nobody else can make it.
/// </summary>
internal sealed class Chain
{
    /// <summary>The folder of the chains below a backup directory.</summary>
    public const string Below = "pgbackrest";

    /// <summary>What marks one as the server's.</summary>
    public const string MarkName = "chain.fk1";

    private const string RepositoryName = "repo";
    private const string UnfinishedPrefix = ".new-";
    private const string TriedLinkName = "link";
    private const int PassBytes = 48;
    private const int MostMarkBytes = 4096;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private Chain(BackupStore store, Guid id, string pass)
    {
        Id = id;
        Pass = pass;
        Root = RootOf(store, id);
    }

    /// <summary>Random; the name of its folder.</summary>
    public Guid Id { get; }

    /// <summary>The key that pgBackRest gets.</summary>
    public string Pass { get; }

    /// <summary>pgBackRest's repository.</summary>
    public string Repository => Path.Combine(Root, RepositoryName);

    /// <summary>Where pgBackRest's backups lie in it.</summary>
    public string Backups => BackupsIn(Repository);

    private string Root { get; }

    /// <summary>The folder of all chains.</summary>
    public static string FolderOf(BackupStore store) => Path.Combine(store.Root, Below);

    /// <summary>The folder of a chain.</summary>
    public static string RootOf(BackupStore store, Guid id) => Path.Combine(FolderOf(store), id.ToString("N"));

    /// <summary>Which chain a folder would be of, by its name; null for none.</summary>
    public static Guid? IdOf(string path) => Guid.TryParseExact(Path.GetFileName(path), "N", out var id) ? id : null;

    /// <summary>Whether a folder is, by its name, of one that is not complete or that goes.</summary>
    public static bool IsUnfinished(string path) => Path.GetFileName(path).StartsWith(UnfinishedPrefix, StringComparison.Ordinal);

    /// <summary>Where the backups of a chain lie.</summary>
    public static string BackupsOf(BackupStore store, Guid id) => BackupsIn(Path.Combine(RootOf(store, id), RepositoryName));

    /// <summary>Where pgBackRest's backups lie in a repository.</summary>
    public static string BackupsIn(string repository) => Path.Combine(repository, "backup", PgBackRest.Stanza);

    /// <summary>Whether the way to its backups leads over no link.</summary>
    public static bool IsPlain(BackupStore store, Guid id)
    {
        var root = RootOf(store, id);
        return new[] { FolderOf(store), root, Path.Combine(root, RepositoryName), Path.Combine(root, RepositoryName, "backup"), BackupsOf(store, id) }.All(PlainFile.IsFolder);
    }

    /// <summary>Begins one; its folder appears with its mark in it.</summary>
    /// <exception cref="BackupException">WrongFolder: the disk takes no symbolic links.</exception>
    public static Chain Begin(BackupStore store, Keyring keyring)
    {
        DrivenFolder.RequirePlain(store.Root);
        var chain = new Chain(store, KeyId.Create().Value, Convert.ToBase64String(RandomNumberGenerator.GetBytes(PassBytes)));
        var unfinished = Path.Combine(FolderOf(store), UnfinishedPrefix + chain.Id.ToString("N"));
        store.MakeFolder(unfinished);
        RequireLinks(unfinished);
        DurableFile.WriteNew(Path.Combine(unfinished, MarkName), SealMark(keyring, chain.Id, chain.Pass), OwnerOnly);
        Directory.Move(unfinished, chain.Root);
        DurableFile.SyncDirectory(FolderOf(store));
        DurableFile.CreatePrivateDirectory(chain.Repository);
        return chain;
    }

    /// <summary>Writes the mark of one anew, with the key that a sealed list has.</summary>
    /// <exception cref="IOException">The disk fails, or a folder lies there.</exception>
    public static void WriteMark(BackupStore store, Keyring keyring, Guid id, string pass) =>
        DurableFile.Replace(Path.Combine(RootOf(store, id), MarkName), SealMark(keyring, id, pass), OwnerOnly);

    /// <summary>Opens one; null where its mark is not there, cannot be read, or is nothing that this installation sealed.</summary>
    public static Chain? TryOpen(BackupStore store, Keyring keyring, Guid id)
    {
        var root = RootOf(store, id);
        if (!PlainFile.IsFolder(FolderOf(store)) || !PlainFile.IsFolder(root))
        {
            return null;
        }

        try
        {
            using var file = PlainFile.OpenRead(Path.Combine(root, MarkName), 0);
            if (file.Length > MostMarkBytes)
            {
                return null;
            }

            var mark = new byte[file.Length];
            file.ReadExactly(mark);
            return new Chain(store, id, Encoding.UTF8.GetString(Envelope.Open(keyring.BackupKey, EnvelopePurpose.BackupManifest, PlaceOf(keyring, id), mark)));
        }
        catch (Exception none) when (none is VaultException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Requires that the mark of one opens. What it marks can be restored without it.</summary>
    /// <exception cref="BackupException">Damaged.</exception>
    public static void RequireMark(BackupStore store, Keyring keyring, Guid id)
    {
        if (TryOpen(store, keyring, id) is null)
        {
            throw BackupException.Damaged(
                $"{Path.Combine(RootOf(store, id), MarkName)} is missing, damaged or another installation's: the base backups there can be restored, and the server writes it anew with its next one");
        }
    }

    /// <summary>Removes what was killed before it had its name, or after it had lost it.</summary>
    /// <exception cref="IOException">It cannot be removed now.</exception>
    public static void RemoveUnfinished(string path)
    {
        foreach (var name in new[] { MarkName, MarkName + DurableFile.FreshSuffix, TriedLinkName })
        {
            File.Delete(Path.Combine(path, name));
        }

        RemoveEmpty(path);
    }

    /// <summary>Removes a folder in which nothing is.</summary>
    /// <exception cref="IOException">It cannot be removed now.</exception>
    public static void RemoveEmpty(string path)
    {
        if (!Directory.EnumerateFileSystemEntries(path).Any())
        {
            Directory.Delete(path);
        }
    }

    /// <summary>Whether no link lies in it, beside the one that pgBackRest makes: it would be written through.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public bool HasNoLinks() => PlainFile.IsFolder(Repository)
        && DrivenList.Entries(Repository).All(entry => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint) || entry.Path == Path.Combine(Backups, "latest"));

    /// <summary>Removes it; its mark last, so that half of one is known for what it is. What somebody put beside the repository is his, and stays.</summary>
    /// <exception cref="IOException">It cannot be removed now.</exception>
    public void Remove()
    {
        if (PlainFile.IsFolder(Repository))
        {
            Directory.Delete(Repository, recursive: true);
        }

        if (Directory.EnumerateFileSystemEntries(Root).All(path => Path.GetFileName(path) is MarkName or MarkName + DurableFile.FreshSuffix))
        {
            // A folder with its name but without its mark would be somebody else's.
            var going = Path.Combine(DurableFile.DirectoryOf(Root), UnfinishedPrefix + Id.ToString("N"));
            Directory.Move(Root, going);
            DurableFile.SyncDirectory(DurableFile.DirectoryOf(Root));
            RemoveUnfinished(going);
        }
    }

    // pgBackRest makes one when it has copied all, and fails where it cannot.
    private static void RequireLinks(string folder)
    {
        var tried = Path.Combine(folder, TriedLinkName);
        try
        {
            File.CreateSymbolicLink(tried, TriedLinkName);
            File.Delete(tried);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"pgBackRest makes symbolic links, and the disk of {folder} takes none: {refused.Message}",
                "name a backup directory on a file system that has them, or leave out --backup-with", refused);
        }
    }

    private static byte[] SealMark(Keyring keyring, Guid id, string pass) =>
        Envelope.Seal(keyring.BackupKey, EnvelopePurpose.BackupManifest, PlaceOf(keyring, id), Encoding.UTF8.GetBytes(pass));

    private static EnvelopeContext PlaceOf(Keyring keyring, Guid id) => new(keyring.InstallationId, Guid.Empty, "backup.chain", id, 1);
}
