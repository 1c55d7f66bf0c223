using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Driven;

/// <summary>The chains below a backup directory: which the server made, which base backups need, and which go.</summary>
internal sealed class Chains(BackupStore store, Keyring keyring, IProgress<string> progress)
{
    private static readonly EnumerationOptions Below = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };

    private readonly string _folder = Chain.FolderOf(store);

    private IEnumerable<string> Folders => PlainFile.IsFolder(_folder) ? Directory.EnumerateDirectories(_folder).Where(PlainFile.IsFolder) : [];

    /// <summary>Those that the server made.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public IReadOnlyList<Chain> List() => [.. Folders.Select(path => Chain.IdOf(path) is { } id ? Chain.TryOpen(store, keyring, id) : null).OfType<Chain>()];

    /// <summary>
    /// Ends what a killed server left at work, and removes what failed and killed base backups left. While a manifest does not open, nobody knows what it needs,
    /// and nothing goes.
    /// </summary>
    /// <remarks>The backup directory is locked.</remarks>
    /// <exception cref="BackupException">InUse: a program that was left does not end.</exception>
    public async Task RemoveLeftAsync(CancellationToken cancellationToken)
    {
        await DrivenFolder.EndLeftAsync(_folder, cancellationToken);
        try
        {
            RemoveUnfinished();
            var needed = ReadNeeded();
            RemoveOthers(needed.Contains);
        }
        catch (Exception unknown) when (unknown is BackupException or IOException or UnauthorizedAccessException)
        {
            progress.Report($"what pgBackRest left unfinished stays for now: {unknown.Message}");
        }
    }

    /// <summary>Does the same where something is left, and locks the backup directory for it.</summary>
    /// <exception cref="BackupException">InUse.</exception>
    public async Task MakeRoomAsync(CancellationToken cancellationToken)
    {
        if (HasLeft())
        {
            using var held = store.Lock();
            await RemoveLeftAsync(cancellationToken);
        }
    }

    /// <summary>Removes those that no base backup needs.</summary>
    /// <param name="isNeeded">Whether one is needed.</param>
    /// <exception cref="IOException">One cannot be removed now.</exception>
    public void RemoveOthers(Func<Guid, bool> isNeeded)
    {
        foreach (var chain in List().Where(chain => !isNeeded(chain.Id)))
        {
            chain.Remove();
        }
    }

    /// <summary>Bytes of those that no base backup needs.</summary>
    public long CountOthers(Func<Guid, bool> isNeeded) => List()
        .Where(chain => !isNeeded(chain.Id) && PlainFile.IsFolder(chain.Repository))
        .Sum(chain => new DirectoryInfo(chain.Repository).EnumerateFiles("*", Below).Sum(file => file.Length));

    /// <summary>Requires that nothing else lies there: an operator's own repository is neither written to nor removed.</summary>
    /// <exception cref="BackupException">WrongFolder: something does.</exception>
    public void RequireOwn()
    {
        var other = !Path.Exists(_folder) && new DirectoryInfo(_folder).LinkTarget is null ? null
            : !PlainFile.IsFolder(_folder) ? _folder
            : Directory.EnumerateFileSystemEntries(_folder).FirstOrDefault(path => !IsOwn(path));
        if (other is not null)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"{other} is not of this server: pgBackRest's files are kept in {_folder}, and nothing else may lie there",
                "move it elsewhere, or name another backup directory");
        }

        bool IsOwn(string path) =>
            PlainFile.IsFolder(path) && (Chain.IdOf(path) is { } id ? Chain.TryOpen(store, keyring, id) is not null : Chain.IsUnfinished(path));
    }

    private bool HasLeft()
    {
        try
        {
            return Folders.ToList() is [_, ..] folders && ReadNeeded() is var needed
                && folders.Any(path => Chain.IsUnfinished(path) || (Chain.IdOf(path) is { } id && !needed.Contains(id)));
        }
        catch (Exception unknown) when (unknown is BackupException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private HashSet<Guid> ReadNeeded() =>
        [.. store.List().Select(name => VerifyBackup.OpenManifest(store.FolderOf(name), keyring).Manifest.PgBackRest?.Chain).OfType<Guid>()];

    // Killed before it had its name: it has a mark at most. A folder with the name of one and nothing in it is half removed.
    private void RemoveUnfinished()
    {
        foreach (var path in Folders.ToList())
        {
            if (Chain.IsUnfinished(path))
            {
                Chain.RemoveUnfinished(path);
            }
            else if (Chain.IdOf(path) is not null)
            {
                Chain.RemoveEmpty(path);
            }
        }
    }
}
