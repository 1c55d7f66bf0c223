using System.Text.RegularExpressions;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Objects;

/// <summary>
/// Makes a backup directory of what an object store has: <c>restore</c> and <c>verify-backup</c> take it as it is. Goes on where an earlier run ended, and only adds.
/// What is missing, changed or false in the store is told and stays until somebody accepts it. docs/formats/backup.md, decision 0054.
/// </summary>
public sealed partial class FetchStore
{
    private const int RegexMilliseconds = 1000;
    private const int MostDescribed = 20;

    private readonly StoreFetchOptions _options;
    private readonly BackupStore _directory;
    private readonly IProgress<string> _progress;
    private readonly TimeProvider _clock;

    /// <summary>Prepares; nothing is read or written yet.</summary>
    /// <param name="options">From where, to where.</param>
    /// <param name="progress">Receives sentences for the operator.</param>
    /// <param name="clock">Tells the time of alarms.</param>
    public FetchStore(StoreFetchOptions options, IProgress<string> progress, TimeProvider clock)
    {
        _options = options;
        _directory = new BackupStore(options.To) { LeastFreeBytes = options.LeastFreeBytes };
        _progress = progress;
        _clock = clock;
    }

    /// <summary>Fetches what is not here yet.</summary>
    /// <exception cref="BackupException">WrongFolder: the directory is not there, or there is no backup in the store. InUse: another fetches into it. NoKey: no credentials.</exception>
    /// <exception cref="IOException">The store or the disk refuses.</exception>
    public async Task<FetchReport> RunAsync(CancellationToken cancellationToken)
    {
        using var store = new ObjectStore(_options.From);
        var folder = Path.Combine(_directory.Root, FetchNotes.Folder);
        var known = FetchNotes.Find(_directory.Root);
        if (known is null)
        {
            RequireNew(folder);
        }

        var (id, inner) = await FindIdAsync(store, known?.SourceId, cancellationToken);
        using var narrowed = inner is null ? null : new ObjectStore(inner);
        _directory.MakeFolder(folder);
        using var held = FileLock.TryTake(Path.Combine(folder, "lock"))
            ?? throw new BackupException(BackupTrouble.InUse, $"another process fetches into {_directory.Root}", "one at a time; a killed one holds nothing");
        // Somebody may have begun it meanwhile.
        known = FetchNotes.Find(_directory.Root) ?? known;
        if (known is null)
        {
            // Its own id: nobody takes it for the one it was made of.
            KeyringTargets.Identify(_directory.Root);
        }

        var notes = known ?? new FetchNotes { SourceId = id };
        notes.Source = _options.From.Address;
        notes.LookedAt = _clock.GetUtcNow();
        notes.CountDay(_clock.GetUtcNow());
        notes.Write(_directory.Root);
        var look = new FetchLook(notes, _clock, _progress);
        return await look.RunAsync(
            _directory.Root, () => LookAsync(new StoreSource(narrowed ?? store, id, _directory, _options.Until, look), notes, look, cancellationToken));
    }

    private async Task LookAsync(StoreSource source, FetchNotes notes, FetchLook look, CancellationToken cancellationToken)
    {
        await source.RequireFormatAsync(cancellationToken);
        notes.Installation = await new StoredKeys(source).RunAsync(notes.Installation, cancellationToken) ?? notes.Installation;
        if (notes.Installation is not { } installation)
        {
            look.Alarm(FetchAlarmKind.Vanished, FetchKeys.KeyringPath, "there is no keyring in the store that can be used: nothing is fetched");
            return;
        }

        await look.TryAsync("wal", () => new StoredLog(source).RunAsync(installation, cancellationToken));
        await look.TryAsync("backups", () => new StoredBases(source).RunAsync(installation, cancellationToken));
        await look.TryAsync("blobs", () => new StoredBlobs(source).RunAsync(cancellationToken));
        // A backup directory has it, be it empty.
        _directory.MakeFolder(Path.Combine(_directory.Root, "backups"));
        _directory.MakeFolder(Path.Combine(_directory.Root, "blobs"));
        var now = _clock.GetUtcNow();
        notes.NewAt = look.Bytes > 0 ? now : notes.NewAt;
        notes.WholeAt = look.IsWhole ? now : notes.WholeAt;
        if (look.TroubleCount == 0)
        {
            notes.ForgetOver(look.Raised);
        }
    }

    private void RequireNew(string folder)
    {
        if (!_options.IsNew)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder, $"{_directory.Root} was not begun: it has no {FetchNotes.Folder}/notes.json", "mount it; to begin one there, give --new once");
        }

        if (!Directory.Exists(folder) && (KeyringTargets.FindId(_directory.Root) is not null || _directory.List().Count > 0))
        {
            throw new BackupException(BackupTrouble.WrongFolder, $"{_directory.Root} is a backup directory already, and not one that was fetched", "give a folder of its own");
        }
    }

    // A folder for each backup directory that was carried there. The address may name one of them.
    private async Task<(string Id, ObjectStoreOptions? Inner)> FindIdAsync(ObjectStore store, string? known, CancellationToken cancellationToken)
    {
        var steps = _options.From.Prefix.Split('/');
        if (Id().IsMatch(steps[^1]))
        {
            return known is null || known == steps[^1]
                ? (steps[^1], _options.From with { Prefix = string.Join('/', steps[..^1]) })
                : throw Wrong($"{_directory.Root} was made of {known}", "give a folder of its own");
        }

        List<string> there = [.. (await store.ListFoldersAsync("", cancellationToken)).Where(name => Id().IsMatch(name)).Order(StringComparer.Ordinal)];
        return (known, there) switch
        {
            ({ } one, _) when there.Contains(one, StringComparer.Ordinal) => (one, null),
            ({ } one, _) => throw Wrong($"{_directory.Root} was made of {one}, which {store.Address} has not", "give the address that was given before"),
            (null, [var only]) => (only, null),
            (null, []) => throw Wrong($"nothing that a server carried lies in {store.Address}", "give the address that was given to “serve --backup-store”"),
            _ => throw Wrong(
                $"several backup directories were carried to {store.Address}: {string.Join(", ", await DescribeAsync(store, there, cancellationToken))}",
                $"give {store.Address}/ID with one of them"),
        };
    }

    // Whoever restores must not have to guess: a server that was restored itself carries into a folder of its own.
    private static async Task<IReadOnlyList<string>> DescribeAsync(ObjectStore store, List<string> ids, CancellationToken cancellationToken)
    {
        var described = new List<string>();
        foreach (var id in ids.Take(MostDescribed))
        {
            var newest = (await store.ListFoldersAsync($"{id}/{PieceName.Bases}/", cancellationToken)).Where(SourceNames.IsBackup).Max(StringComparer.Ordinal);
            described.Add($"{id} ({(newest is null ? "no base backup" : $"newest base backup {newest}")})");
        }

        return described;
    }

    private static BackupException Wrong(string what, string hint) => new(BackupTrouble.WrongFolder, what, hint);

    [GeneratedRegex(@"^[0-9a-f]{32}\z", RegexOptions.CultureInvariant, RegexMilliseconds)]
    private static partial Regex Id();
}
