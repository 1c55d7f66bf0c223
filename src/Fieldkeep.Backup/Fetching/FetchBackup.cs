using Fieldkeep.Backup.Store;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Fetching;

/// <summary>
/// Keeps a distant copy of a backup directory: takes what is new there and removes nothing because it is gone there. It runs on another machine or as another user,
/// and the server knows no way to it, so that whoever takes the server over can delete nothing here. docs/formats/backup.md, decision 0053.
/// </summary>
public sealed class FetchBackup
{
    private const int LockLooks = 300;
    private static readonly TimeSpan ShortestDay = TimeSpan.FromHours(20);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(100);

    private readonly FetchOptions _options;
    private readonly BackupStore _store;
    private readonly IProgress<string> _progress;
    private readonly TimeProvider _clock;
    private readonly FetchBlobs _blobs;
    private readonly FetchLog _log;
    private readonly FetchBases _bases;
    private readonly FetchKeys _keys;
    private readonly PruneFetched _prune;
    private readonly List<string> _crowded = [];
    private long? _countedAt;

    /// <summary>Prepares; nothing is read or written yet.</summary>
    /// <param name="options">What, to where, for how long.</param>
    /// <param name="progress">Receives sentences for the operator.</param>
    /// <param name="clock">Counts days and pauses.</param>
    /// <exception cref="BackupException">WrongFolder: days that are too few, or a folder in the other.</exception>
    public FetchBackup(FetchOptions options, IProgress<string> progress, TimeProvider clock)
    {
        var source = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.From));
        _options = options with { From = source };
        _store = new BackupStore(options.To) { LeastFreeBytes = options.LeastFreeBytes };
        _progress = progress;
        _clock = clock;
        if (options.KeepDays is not 0 and < FetchOptions.FewestKeepDays)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"{options.KeepDays} days are too few to notice that a server was taken over",
                $"give at least {FetchOptions.FewestKeepDays}, or 0 to remove nothing");
        }

        if (IsBelow(source, _store.Root) || IsBelow(_store.Root, source))
        {
            throw new BackupException(BackupTrouble.WrongFolder, $"{_store.Root} and {source} lie in each other", "give the distant copy a folder of its own, on another disk");
        }

        var names = new SourceNames(source, _crowded.Add);
        var files = new FetchFiles(source, _store);
        _blobs = new FetchBlobs(files, names, clock);
        _log = new FetchLog(files, names, clock);
        _bases = new FetchBases(files, names, _store, clock);
        _keys = new FetchKeys(files, _store);
        _prune = new PruneFetched(files, _store, options.KeepDays);
    }

    /// <summary>Looks at the source again and again until it is cancelled. What fails is told and tried again.</summary>
    /// <param name="answer">Receives what each look brought.</param>
    /// <exception cref="BackupException">WrongFolder: the distant copy is not there. InUse: another fetches into it.</exception>
    public async Task RunAsync(Action<FetchReport> answer, CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        string? told = null;
        while (true)
        {
            try
            {
                answer(await LookInTurnAsync(cancellationToken));
                told = null;
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or VaultException or BackupException)
            {
                // The source is not mounted, or a disk refuses; the distant copy itself must be there.
                _ = RequireNotes();
                if (told != failed.Message)
                {
                    _progress.Report($"nothing is fetched: {failed.Message}");
                }

                told = failed.Message;
            }

            await Task.Delay(_options.LookEvery, _clock, cancellationToken);
        }
    }

    /// <summary>Looks at the source once.</summary>
    /// <exception cref="BackupException">WrongFolder: the distant copy or the source is not there. InUse: another fetches into it.</exception>
    /// <exception cref="IOException">A disk refuses.</exception>
    public async Task<FetchReport> RunOnceAsync(CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        return await LookInTurnAsync(cancellationToken);
    }

    /// <summary>Looks at what is remembered of a distant copy.</summary>
    /// <exception cref="BackupException">WrongFolder: it is none.</exception>
    public static FetchNotes Describe(string directory) => Require(directory);

    /// <summary>Notes that somebody looked at all alarms; old base backups and keyrings go again from now on. Returns those that waited, and how many more.</summary>
    /// <exception cref="BackupException">WrongFolder: it is none. InUse: whoever fetches looks at it now.</exception>
    public static async Task<(IReadOnlyList<FetchAlarm> Alarms, long More)> AcceptAsync(string directory, TimeProvider clock, CancellationToken cancellationToken)
    {
        _ = Require(directory);
        using var held = await LockAsync(Path.GetFullPath(directory), cancellationToken);
        var notes = Require(directory);
        var waited = notes.Accept(clock.GetUtcNow());
        notes.Write(directory);
        return waited;
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (_options.IsNew && FetchNotes.Find(_store.Root) is null)
        {
            var id = RequireSource();
            var folder = Path.Combine(_store.Root, FetchNotes.Folder);
            // One whose beginning was killed has the folder.
            if (!Directory.Exists(folder) && (KeyringTargets.FindId(_store.Root) is not null || _store.List().Count > 0))
            {
                throw new BackupException(
                    BackupTrouble.WrongFolder, $"{_store.Root} is a backup directory already, and not one that was fetched", "give a folder of its own");
            }

            _store.MakeFolder(folder);
            using var held = await LockAsync(_store.Root, cancellationToken);
            // Its own id: nobody takes it for the one it was fetched from.
            KeyringTargets.Identify(_store.Root);
            new FetchNotes { Source = _options.From, SourceId = id }.Write(_store.Root);
        }

        _ = RequireNotes();
    }

    // For each look anew: somebody may accept in between.
    private async Task<FetchReport> LookInTurnAsync(CancellationToken cancellationToken)
    {
        _ = RequireNotes();
        using var held = await LockAsync(_store.Root, cancellationToken);
        var notes = RequireNotes();
        try
        {
            RequireSame(notes);
        }
        catch (Exception failed) when (failed is BackupException or VaultException or IOException or UnauthorizedAccessException)
        {
            // Whoever only looks at the notes must see that nothing is fetched.
            notes.Troubles = [$"nothing is fetched: {failed.Message}"];
            notes.Write(_store.Root);
            throw;
        }

        notes.LookedAt = _clock.GetUtcNow();
        notes.Source = _options.From;
        var look = new FetchLook(notes, _clock, _progress);
        CountDay(look);
        return await look.RunAsync(_store.Root, () => LookAsync(look, cancellationToken));
    }

    // One that runs on counts none before most of a day has passed by its own measure too: whoever answers this machine's questions for the time must not count.
    private void CountDay(FetchLook look)
    {
        if (_countedAt is { } at && _clock.GetElapsedTime(at) < ShortestDay)
        {
            return;
        }

        var before = look.Notes.Day;
        if (look.Notes.CountDay(_clock.GetUtcNow()) is { } trouble)
        {
            look.Tell(trouble);
        }

        _countedAt = look.Notes.Day > before ? _clock.GetTimestamp() : _countedAt;
    }

    private async Task LookAsync(FetchLook look, CancellationToken cancellationToken)
    {
        _crowded.Clear();
        var notes = look.Notes;
        notes.Installation ??= _keys.FindInstallation(look);
        if (notes.Installation is not { } installation)
        {
            look.Tell("nothing is fetched before there is a keyring at the source: it tells whose data they are");
            return;
        }

        // In the order in which they were made, turned round: what a base backup needs was there before it had its name.
        IReadOnlyList<string>? listed = null;
        await look.TryAsync("backups", () =>
        {
            listed = _bases.List();
            return Task.CompletedTask;
        });
        // The log first: blobs may take hours, and those that it names are there already.
        await look.TryAsync("wal", () => _log.RunAsync(look, installation, cancellationToken));
        await look.TryAsync("keys", () =>
        {
            _keys.Run(look, installation);
            return Task.CompletedTask;
        });
        await look.TryAsync("blobs", () => _blobs.RunAsync(look, cancellationToken));
        if (listed is not null)
        {
            await look.TryAsync("backups", () => _bases.RunAsync(listed, look, installation, cancellationToken));
        }

        foreach (var folder in _crowded.Distinct(StringComparer.Ordinal))
        {
            look.Alarm(FetchAlarmKind.Refused, folder, "it has more names than are read");
        }

        var now = _clock.GetUtcNow();
        notes.NewAt = look.Bytes > 0 ? now : notes.NewAt;
        notes.WholeAt = look.IsWhole ? now : notes.WholeAt;
        if (look.TroubleCount == 0)
        {
            notes.ForgetOver(look.Raised);
        }

        await look.TryAsync("what is old", () =>
        {
            _prune.Run(look, cancellationToken);
            _keys.DestroyOld(look);
            return Task.CompletedTask;
        });
    }

    private void RequireSame(FetchNotes notes)
    {
        var id = RequireSource();
        if (id != notes.SourceId)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"{_options.From} is another backup directory than was fetched until now: its keys/id is {id}, not {notes.SourceId}",
                "mount the right one; for a backup directory that was begun anew begin another distant copy, and keep this one");
        }
    }

    private string RequireSource() =>
        PlainFile.IsFolder(Path.Combine(_options.From, "backups")) && PlainFile.IsFolder(Path.Combine(_options.From, "keys"))
        && KeyringTargets.FindId(_options.From) is { } id
            ? id
            : throw new BackupException(
                BackupTrouble.WrongFolder, $"{_options.From} is no backup directory that can be read", "is it mounted, and may this user read it?");

    private FetchNotes RequireNotes() => Require(_store.Root);

    private static FetchNotes Require(string directory) => FetchNotes.Find(Path.GetFullPath(directory)) ?? throw new BackupException(
        BackupTrouble.WrongFolder,
        $"{Path.GetFullPath(directory)} is no distant copy: it has no {FetchNotes.Folder}/notes.json",
        "mount it; to begin one there, give --new once");

    private static FileLock Lock(string root) => FileLock.TryTake(Path.Combine(root, FetchNotes.Folder, "lock")) ?? throw new BackupException(
        BackupTrouble.InUse, $"another process fetches into {root}", "one at a time; a killed one holds nothing");

    // A look that brings much takes its time.
    private static async Task<FileLock> LockAsync(string root, CancellationToken cancellationToken)
    {
        for (var look = 0; ; look++)
        {
            try
            {
                return Lock(root);
            }
            catch (BackupException busy) when (busy.Reason == BackupTrouble.InUse && look < LockLooks)
            {
                await Task.Delay(LockPause, TimeProvider.System, cancellationToken);
            }
        }
    }

    private static bool IsBelow(string path, string folder) => path == folder || path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
