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

    private const string MarkName = "chain.fk1";
    private const string RepositoryName = "repo";
    private const string UnfinishedPrefix = ".new-";
    private const int PassBytes = 48;
    private const int MostMarkBytes = 4096;

    private Chain(BackupStore store, Guid id, string pass)
    {
        Id = id;
        Pass = pass;
        Root = Path.Combine(FolderOf(store), id.ToString("N"));
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

    /// <summary>Where the backups of a chain lie.</summary>
    public static string BackupsOf(BackupStore store, Guid id) => BackupsIn(Path.Combine(FolderOf(store), id.ToString("N"), RepositoryName));

    /// <summary>Where pgBackRest's backups lie in a repository.</summary>
    public static string BackupsIn(string repository) => Path.Combine(repository, "backup", PgBackRest.Stanza);

    /// <summary>Begins one; its folder appears with its mark in it.</summary>
    /// <exception cref="BackupException">WrongFolder: what lies there is not the server's.</exception>
    public static Chain Begin(BackupStore store, Keyring keyring)
    {
        DrivenFolder.RequirePlain(store.Root);
        RequireOwn(store, keyring);
        var chain = new Chain(store, KeyId.Create().Value, Convert.ToBase64String(RandomNumberGenerator.GetBytes(PassBytes)));
        var unfinished = Path.Combine(FolderOf(store), UnfinishedPrefix + chain.Id.ToString("N"));
        store.MakeFolder(unfinished);
        var mark = Envelope.Seal(keyring.BackupKey, EnvelopePurpose.BackupManifest, PlaceOf(keyring, chain.Id), Encoding.UTF8.GetBytes(chain.Pass));
        DurableFile.WriteNew(Path.Combine(unfinished, MarkName), mark, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.Move(unfinished, chain.Root);
        DurableFile.SyncDirectory(FolderOf(store));
        DurableFile.CreatePrivateDirectory(chain.Repository);
        return chain;
    }

    /// <summary>Opens one; null where its mark is not there, or nothing that this installation sealed.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public static Chain? TryOpen(BackupStore store, Keyring keyring, Guid id)
    {
        var root = Path.Combine(FolderOf(store), id.ToString("N"));
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
        catch (Exception none) when (none is VaultException or FileNotFoundException or EndOfStreamException)
        {
            return null;
        }
    }

    /// <summary>Those that the server made.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public static IReadOnlyList<Chain> List(BackupStore store, Keyring keyring) => !PlainFile.IsFolder(FolderOf(store))
        ? []
        :
        [
            .. Directory.EnumerateDirectories(FolderOf(store)).Select(path => IdOf(path) is { } id ? TryOpen(store, keyring, id) : null).OfType<Chain>(),
        ];

    /// <summary>Removes those that no base backup needs; its mark last, so that half of one is known for what it is.</summary>
    /// <param name="isNeeded">Whether one is needed.</param>
    /// <param name="store">The backup directory, locked.</param>
    /// <param name="keyring">The keys its marks are sealed with.</param>
    /// <exception cref="IOException">One cannot be removed now.</exception>
    public static void RemoveOthers(Func<Guid, bool> isNeeded, BackupStore store, Keyring keyring)
    {
        foreach (var chain in List(store, keyring).Where(chain => !isNeeded(chain.Id)))
        {
            chain.Remove();
        }

        if (!PlainFile.IsFolder(FolderOf(store)))
        {
            return;
        }

        // Killed before it had its name: it has a mark at most.
        foreach (var path in Directory.EnumerateDirectories(FolderOf(store), UnfinishedPrefix + "*").Where(PlainFile.IsFolder))
        {
            File.Delete(Path.Combine(path, MarkName));
            RemoveEmpty(path);
        }
    }

    /// <summary>Bytes of those that no base backup needs.</summary>
    public static long CountOthers(Func<Guid, bool> isNeeded, BackupStore store, Keyring keyring) => List(store, keyring)
        .Where(chain => !isNeeded(chain.Id) && PlainFile.IsFolder(chain.Repository))
        .Sum(chain => new DirectoryInfo(chain.Repository).EnumerateFiles("*", SearchOption.AllDirectories).Where(file => file.LinkTarget is null).Sum(file => file.Length));

    // An operator's own repository may lie at that place: it is neither written to nor removed.
    private static void RequireOwn(BackupStore store, Keyring keyring)
    {
        var folder = FolderOf(store);
        var other = !Path.Exists(folder) && new DirectoryInfo(folder).LinkTarget is null ? null
            : !PlainFile.IsFolder(folder) ? folder
            : Directory.EnumerateFileSystemEntries(folder).FirstOrDefault(path => !IsOwn(path));
        if (other is not null)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"{other} is not of this server: pgBackRest's files are kept in {folder}, and nothing else may lie there",
                "move it elsewhere, or name another backup directory");
        }

        bool IsOwn(string path) =>
            PlainFile.IsFolder(path)
            && (IdOf(path) is { } id ? TryOpen(store, keyring, id) is not null : Path.GetFileName(path).StartsWith(UnfinishedPrefix, StringComparison.Ordinal));
    }

    private static Guid? IdOf(string path) => Guid.TryParseExact(Path.GetFileName(path), "N", out var id) ? id : null;

    private static EnvelopeContext PlaceOf(Keyring keyring, Guid id) => new(keyring.InstallationId, Guid.Empty, "backup.chain", id, 1);

    private static void RemoveEmpty(string path)
    {
        if (!Directory.EnumerateFileSystemEntries(path).Any())
        {
            Directory.Delete(path);
        }
    }

    // What somebody put beside the repository is his, and stays.
    private void Remove()
    {
        if (PlainFile.IsFolder(Repository))
        {
            Directory.Delete(Repository, recursive: true);
        }

        if (Directory.EnumerateFileSystemEntries(Root).All(path => Path.GetFileName(path) == MarkName))
        {
            File.Delete(Path.Combine(Root, MarkName));
            Directory.Delete(Root);
        }
    }
}
