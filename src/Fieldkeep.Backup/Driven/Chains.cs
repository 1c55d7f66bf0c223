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
            var bases = ReadBases();
            await MendMarksAsync(bases, cancellationToken);
            RemoveOthers(id => IsNeeded(bases, id));
            await RemoveLabelsAsync(bases, cancellationToken);
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
        var named = NamedByAny();
        var other = !Path.Exists(_folder) && new DirectoryInfo(_folder).LinkTarget is null ? null
            : !PlainFile.IsFolder(_folder) ? _folder
            : Directory.EnumerateFileSystemEntries(_folder).FirstOrDefault(path => !IsOwn(path));
        if (other is null)
        {
            return;
        }

        throw Path.Exists(Path.Combine(other, Chain.MarkName)) && Chain.IdOf(other) is not null
            ? new BackupException(
                BackupTrouble.WrongFolder,
                $"the mark {Path.Combine(other, Chain.MarkName)} does not open: it is damaged, cannot be read, or is another installation's; and no base backup that opens needs that folder",
                "look for a base backup that does not open: that may need it; else move the folder elsewhere")
            : new BackupException(
                BackupTrouble.WrongFolder,
                $"{other} is not of this server: pgBackRest's files are kept in {_folder}, and nothing else may lie there",
                "move it elsewhere, or name another backup directory");

        // What a base backup needs is the server's, also where its mark is damaged.
        bool IsOwn(string path) =>
            PlainFile.IsFolder(path)
            && (Chain.IdOf(path) is { } id ? named.Contains(id) || Chain.TryOpen(store, keyring, id) is not null : Chain.IsUnfinished(path));
    }

    private HashSet<Guid> NamedByAny()
    {
        var named = new HashSet<Guid>();
        foreach (var name in store.List())
        {
            try
            {
                if (Read(name) is { } one)
                {
                    named.Add(one.Place.Chain);
                }
            }
            catch (Exception damaged) when (damaged is BackupException or IOException or UnauthorizedAccessException)
            {
                // Another may name it.
            }
        }

        return named;
    }

    private bool HasLeft()
    {
        try
        {
            return Folders.ToList() is [_, ..] folders && ReadBases() is var bases
                && folders.Any(path => Chain.IsUnfinished(path) || (Chain.IdOf(path) is { } id && !IsNeeded(bases, id)));
        }
        catch (Exception unknown) when (unknown is BackupException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsNeeded(IReadOnlyList<Base> bases, Guid chain) => bases.Any(one => one.Place.Chain == chain);

    private List<Base> ReadBases() => [.. store.List().Select(Read).OfType<Base>()];

    private Base? Read(string name)
    {
        var folder = store.FolderOf(name);
        var (manifest, files) = VerifyBackup.OpenManifest(folder, keyring);
        return manifest.PgBackRest is { } place ? new Base(place, new DrivenFiles(store, folder, manifest, files)) : null;
    }

    // Without its mark a chain would not be carried on, nor ever removed; its key is in each sealed list, too.
    private async Task MendMarksAsync(IReadOnlyList<Base> bases, CancellationToken cancellationToken)
    {
        foreach (var one in bases.Where(one => PlainFile.IsFolder(Chain.RootOf(store, one.Place.Chain))))
        {
            if (Chain.TryOpen(store, keyring, one.Place.Chain) is null)
            {
                try
                {
                    Chain.WriteMark(store, keyring, one.Place.Chain, (await one.Files.ReadListAsync(cancellationToken)).Pass);
                    progress.Report($"the mark {Path.Combine(Chain.RootOf(store, one.Place.Chain), Chain.MarkName)} did not open: it was written anew");
                }
                catch (Exception failed) when (failed is BackupException or IOException or UnauthorizedAccessException)
                {
                    progress.Report($"the mark {Path.Combine(Chain.RootOf(store, one.Place.Chain), Chain.MarkName)} does not open, and is not written anew: {failed.Message}");
                }
            }
        }
    }

    // In a chain that is needed: those of pgBackRest's backups that failed, which no list names. The newest of a chain names all that came before it.
    private async Task RemoveLabelsAsync(IReadOnlyList<Base> bases, CancellationToken cancellationToken)
    {
        foreach (var chain in bases.GroupBy(one => one.Place.Chain))
        {
            var folder = Chain.BackupsOf(store, chain.Key);
            var known = chain.Select(one => one.Place.Label).ToHashSet(StringComparer.Ordinal);
            if (FindUnknown().Count == 0)
            {
                continue;
            }

            known.UnionWith((await chain.MaxBy(one => one.Place.Label, StringComparer.Ordinal)!.Files.ReadListAsync(cancellationToken)).Labels);
            foreach (var path in FindUnknown())
            {
                Directory.Delete(path, recursive: true);
            }

            List<string> FindUnknown() => !Chain.IsPlain(store, chain.Key) ? []
                : [.. Directory.EnumerateDirectories(folder).Where(path => DrivenList.IsLabel(Path.GetFileName(path)) && !known.Contains(Path.GetFileName(path)) && PlainFile.IsFolder(path))];
        }
    }

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

    private sealed record Base(DrivenPlace Place, DrivenFiles Files);
}
