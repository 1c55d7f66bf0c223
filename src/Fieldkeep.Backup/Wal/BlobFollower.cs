using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Wal;

/// <summary>Tells how the copying of new blobs stands.</summary>
/// <param name="LookedAt">When all folders were last looked at, UTC; null before the first time.</param>
/// <param name="CopiedCount">Blobs brought to the backup directory since the start.</param>
/// <param name="Trouble">What is wrong, in a sentence; null when all is well.</param>
public sealed record BlobFollowerState(DateTimeOffset? LookedAt, long CopiedCount, string? Trouble);

/// <summary>
/// Copies each new blob of a data directory into a backup directory and notes it beside the log: at once where somebody waits for it, else a second or so after
/// it came.
/// </summary>
public sealed class BlobFollower
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LastLookWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FullLookEvery = TimeSpan.FromMinutes(1);

    // File systems note the time of a change in steps; within a step one more file changes nothing.
    private static readonly TimeSpan TimeStep = TimeSpan.FromSeconds(2);

    // Looking at 65,536 folders takes 0.1 s: it must not take more than a twentieth of the time.
    private const int PausePerLook = 20;

    private readonly string _folder;
    private readonly BackupStore _wanted;
    private readonly Keyring _keyring;
    private readonly Action<string> _tell;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, DateTime> _settled = new(StringComparer.Ordinal);

    private readonly KnownBlobs _known = new();

    // The disk that is there; another one has other blobs.
    private BackupStore _store;
    private WalShelf _shelf;
    private bool _isSeeded;
    private BlobNotes _notes;
    private BlobFollowerState _state = new(null, 0, null);
    private long _looks;
    private long _isBehind = 1;

    /// <summary>Prepares; <see cref="RunAsync"/> begins.</summary>
    internal BlobFollower(string dataDirectory, BackupStore store, Keyring keyring, Action<string> tell, TimeProvider clock)
    {
        _folder = Path.Combine(new ClusterFolders(dataDirectory).Root, "blobs");
        _wanted = _store = store;
        _shelf = new WalShelf(_store, keyring.InstallationId, keyring.BackupKey);
        _notes = new BlobNotes(_shelf, clock);
        _keyring = keyring;
        _tell = tell;
        _clock = clock;
    }

    /// <summary>How it stands now.</summary>
    public BlobFollowerState State => Volatile.Read(ref _state);

    /// <summary>What is to be copied at once.</summary>
    internal AskedBlobs Asked { get; } = new();

    /// <summary>How often all folders were looked at; null while the disk takes nothing, or it is not known what it has.</summary>
    internal long? Looks => Interlocked.Read(ref _isBehind) == 0 ? Interlocked.Read(ref _looks) : null;

    /// <summary>
    /// Copies until it is cancelled, and then what came since the last look, for five seconds at most; tries again, with growing pauses, when the disk does not take it.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was told to end.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Looking is work of the disk, not of whoever started this.
            await Task.Yield();
            var fullLookAt = _clock.GetUtcNow();
            for (var trouble = TimeSpan.Zero; ;)
            {
                var begun = _clock.GetTimestamp();
                try
                {
                    UseMounted();
                    if (!_isSeeded)
                    {
                        await SeedAsync(cancellationToken);
                        _isSeeded = true;
                    }

                    // Whoever asks now is served between any two files of a look, however long that takes.
                    Interlocked.Exchange(ref _isBehind, 0);

                    if (_clock.GetUtcNow() - fullLookAt >= FullLookEvery)
                    {
                        _settled.Clear();
                        fullLookAt = _clock.GetUtcNow();
                    }

                    await LookAsync(cancellationToken);
                    trouble = TimeSpan.Zero;
                }
                catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or BackupException)
                {
                    trouble = trouble == TimeSpan.Zero ? ShortestPause : trouble * 2 < LongestPause ? trouble * 2 : LongestPause;
                    Abandon(failed.Message);
                }

                var busy = _clock.GetElapsedTime(begun) * PausePerLook;
                await PauseAsync(Max(Max(ShortestPause, trouble), busy < LongestPause ? busy : LongestPause), cancellationToken);
            }
        }
        finally
        {
            await LookLastAsync();
            Asked.Refuse(forGood: true);
            _notes.Close();
        }
    }

    // There may be no next start with this disk. What took nothing until now is not tried again.
    private async Task LookLastAsync()
    {
        if (Looks is null)
        {
            return;
        }

        using var limit = new CancellationTokenSource(LastLookWithin, _clock);
        try
        {
            UseMounted();
            if (_isSeeded)
            {
                await LookAsync(limit.Token);
            }
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or BackupException or OperationCanceledException)
        {
            _tell($"the files that came last are not all in {_store.Root}: {failed.Message}");
        }
    }

    /// <summary>Looks once at all folders that changed.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        _store.Require();
        var trouble = new BlobTroubles();
        var now = _clock.GetUtcNow().UtcDateTime;
        foreach (var folder in Folders())
        {
            await CopyAskedAsync(cancellationToken);
            var changedAt = Directory.GetLastWriteTimeUtc(folder);
            if (_settled.TryGetValue(folder, out var seen) && seen == changedAt)
            {
                continue;
            }

            if (await CopyNewAsync(folder, trouble, cancellationToken) && changedAt < now - TimeStep)
            {
                _settled[folder] = changedAt;
            }
        }

        _notes.Sync();
        Tell(trouble.Words);
        _state = _state with { LookedAt = _clock.GetUtcNow(), Trouble = trouble.Words };
        Interlocked.Increment(ref _looks);
        Interlocked.Exchange(ref _isBehind, 0);
    }

    // Until the next look, what somebody waits for is copied as it comes.
    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        var begun = _clock.GetTimestamp();
        for (var left = pause; left > TimeSpan.Zero; left = pause - _clock.GetElapsedTime(begun))
        {
            await Asked.WaitAsync(left, _clock, cancellationToken);
            try
            {
                await CopyAskedAsync(cancellationToken);
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or BackupException)
            {
                Abandon(failed.Message);
                return;
            }
        }
    }

    // One sync of the list for all that wait, and one each second where files are large.
    private async Task CopyAskedAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var asked = new Queue<AskedBlobs.One>(Asked.Take());
        if (asked.Count == 0)
        {
            return;
        }

        var copied = new List<(AskedBlobs.One Asked, bool AreThere)>();
        try
        {
            if (!_isSeeded || !_wanted.RequireMounted().Ids.SequenceEqual(_store.Ids))
            {
                // Another disk, or one of which it is not known what it has: the next look finds all.
                Interlocked.Exchange(ref _isBehind, 1);
                return;
            }

            var trouble = new BlobTroubles();
            var since = _clock.GetTimestamp();
            while (asked.TryPeek(out var one))
            {
                var areThere = true;
                foreach (var path in one.Paths)
                {
                    // One that a commit names was not erased: where it is gone, something is wrong.
                    areThere &= _known.Has(Path.GetFileName(path)) || await CopyOneAsync(Path.Combine(_folder, path), trouble, cancellationToken) == true;
                }

                copied.Add((one, areThere));
                asked.Dequeue();
                if (_clock.GetElapsedTime(since) >= ShortestPause)
                {
                    AnswerCopied(copied);
                    since = _clock.GetTimestamp();
                }
            }

            AnswerCopied(copied);
            Tell(trouble.Words);
        }
        finally
        {
            foreach (var one in copied.Select(one => one.Asked).Concat(asked))
            {
                one.Say(false);
            }
        }
    }

    private void AnswerCopied(List<(AskedBlobs.One Asked, bool AreThere)> copied)
    {
        _notes.Sync();
        copied.ForEach(one => one.Asked.Say(one.AreThere));
        copied.Clear();
    }

    private void UseMounted()
    {
        var mounted = _wanted.RequireMounted();
        if (mounted.Ids.SequenceEqual(_store.Ids))
        {
            return;
        }

        Forget();
        _store = mounted;
        _shelf = new WalShelf(mounted, _keyring.InstallationId, _keyring.BackupKey);
        _notes = new BlobNotes(_shelf, _clock);
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private IEnumerable<string> Folders() => !Directory.Exists(_folder)
        ? []
        : Directory.EnumerateDirectories(_folder)
            .Where(path => Path.GetFileName(path) != BlobCopy.Unfinished)
            .SelectMany(path => Directory.EnumerateDirectories(path, "*", SearchOption.AllDirectories).Prepend(path))
            .Prepend(_folder);

    // What the newest backup and the lists name is copied and noted; a restore reads them all. What cannot be read here is looked at and noted again.
    private async Task SeedAsync(CancellationToken cancellationToken)
    {
        _shelf.ReadBlobs(_tell, noted => _known.Add(noted.Entry.Sha256));
        if (_store.List() is [.., var newest])
        {
            try
            {
                await LaterBlobs.ReadListAsync(
                    _store, newest, _keyring,
                    blob =>
                    {
                        _known.Add(blob.Sha256);
                        return Task.CompletedTask;
                    },
                    cancellationToken);
            }
            catch (Exception damaged) when (damaged is BackupException or IOException or UnauthorizedAccessException)
            {
                _tell($"the list of blobs of the backup {newest} cannot be read: {damaged.Message}");
            }
        }
    }

    // False if something is left to be tried again. One blob that cannot be copied holds up no other.
    private async Task<bool> CopyNewAsync(string folder, BlobTroubles trouble, CancellationToken cancellationToken)
    {
        var isAll = true;
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            if (_known.Has(Path.GetFileName(path)))
            {
                continue;
            }

            isAll &= await CopyOneAsync(path, trouble, cancellationToken) != false;
            await CopyAskedAsync(cancellationToken);
        }

        return isAll;
    }

    // False if it is to be tried again; null if it is gone, as one that was erased meanwhile.
    private async Task<bool?> CopyOneAsync(string path, BlobTroubles trouble, CancellationToken cancellationToken)
    {
        StoredBlob? stored;
        try
        {
            stored = await BlobCopy.StoreAsync(_folder, path, _store, "following", cancellationToken);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or BackupException)
        {
            _store.Require();
            trouble.Add(path, failed);
            return false;
        }

        if (stored is not { } blob)
        {
            // Or the backup directory is gone.
            _store.Require();
            return null;
        }

        if (!blob.IsNew)
        {
            // Whoever brought it there may have been killed before its folder was durable.
            DurableFile.SyncDirectory(DurableFile.DirectoryOf(_store.BlobPath(blob.Entry.Sha256)));
        }

        _notes.Note(blob.Entry);
        _known.Add(Path.GetFileName(path));
        _state = _state with { CopiedCount = _state.CopiedCount + (blob.IsNew ? 1 : 0) };
        if (!blob.IsAsNamed)
        {
            _tell($"the blob {path} is damaged: its bytes do not have the SHA-256 of its name; it is copied as it is");
        }

        return true;
    }

    private void Abandon(string why)
    {
        Tell(why);
        _state = _state with { Trouble = why };
        Forget();
    }

    private void Forget()
    {
        // What was noted and not made durable is noted again: the lists are read anew.
        _notes.Abandon();
        Interlocked.Exchange(ref _isBehind, 1);
        _isSeeded = false;
        _known.Clear();
        _settled.Clear();
        Asked.Refuse();
    }

    private void Tell(string? why)
    {
        if (why is not null && _state.Trouble != why)
        {
            _tell($"new blobs are not copied: {why}");
        }
    }
}
