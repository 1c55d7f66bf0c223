using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Following;
using Fieldkeep.Backup.Objects;
using Fieldkeep.Backup.Restoring;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Backup;

/// <summary>
/// Keeps a backup directory as new as the data directory while the server runs: receives the log, copies new blobs, takes a base backup when there is
/// none that the log carries on or the last is old, and removes what is older than it is to be kept.
/// </summary>
public sealed class FollowBackup
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan CatchUpWithin = TimeSpan.FromSeconds(2);

    // What ran so long did not fail at its beginning.
    private static readonly TimeSpan LongRun = TimeSpan.FromMinutes(10);

    private const string EndStreams = """
        select count(pg_catalog.pg_terminate_backend(pid)) from pg_catalog.pg_stat_replication
        where application_name in (@receiver, 'pg_basebackup')
        """;

    private readonly FollowOptions _options;
    private readonly ClusterAddress _address;
    private readonly Keyring _keyring;
    private readonly IProgress<string> _progress;
    private readonly TimeProvider _clock;
    private readonly string _root;
    private readonly DataDiskRoom _room;
    private readonly DiskTurn _turn;
    private readonly CarryToStore? _carry;
    private Parts? _parts;
    private string? _trouble;

    /// <summary>Prepares; <see cref="RunAsync"/> begins.</summary>
    /// <param name="options">Where to, how often, for how long.</param>
    /// <param name="address">The private cluster.</param>
    /// <param name="keyring">The server's keys; the caller keeps them open.</param>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <param name="clock">Measures pauses and ages.</param>
    public FollowBackup(FollowOptions options, ClusterAddress address, Keyring keyring, IProgress<string> progress, TimeProvider clock)
    {
        _options = options;
        _address = address;
        _keyring = keyring;
        _progress = progress;
        _clock = clock;
        _root = new BackupStore(options.Backup.TargetDirectory).Root;
        _room = new DataDiskRoom(options, address, keyring, progress, clock);
        _turn = new DiskTurn(clock);
        var keyringPaths = KeyringFiles.Below(new ClusterFolders(options.Backup.DataDirectory).Root).KeyringPaths;
        _carry = options.Store is { } store ? new CarryToStore(store, _root, () => KnownIds(keyringPaths), progress, clock) : null;
    }

    /// <summary>How it stands now.</summary>
    public FollowState State => Volatile.Read(ref _parts) is { } parts
        ? new FollowState(
            _root, _room.IsShared, parts.Receiver.State, parts.Blobs.State, parts.Bases.Last, parts.Bases.Trouble, parts.Wait?.IsOn ?? false, _trouble)
        {
            StoppedWaitingAt = Later(parts.Wait?.StoppedAt, parts.BlobWait?.StoppedAt),
            Rehearsals = parts.Rehearsals.State,
            KeyTrouble = parts.Keys.Trouble,
            PruneTrouble = parts.Bases.PruneTrouble,
            RemovedEarly = [.. _room.RemovedEarly, .. parts.Bases.RemovedEarly],
            Store = _carry?.State,
        }
        : new FollowState(_root, _room.IsShared, new WalReceiverState(), new BlobFollowerState(null, 0, null), null, null, false, _trouble)
        {
            Rehearsals = new RehearsalState(_options.RehearseEvery, null, null, []),
            RemovedEarly = _room.RemovedEarly,
            Store = _carry?.State,
        };

    /// <summary>The backup directory of a server to which nobody named one.</summary>
    public static string DefaultDirectory(string dataDirectory) => Path.Combine(dataDirectory, BackupStore.Below);

    /// <summary>When the last base backup was begun that lies below a data directory, UTC; null when there is none.</summary>
    public static DateTimeOffset? FindNewestBelow(string dataDirectory) =>
        new BackupStore(DefaultDirectory(dataDirectory)).List() is [.., var newest] ? BackupStore.BegunAtOf(newest) : null;

    /// <summary>Gives up what PostgreSQL keeps for a receiver that will not run any more: that of a server which no longer follows.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL does not answer.</exception>
    public static async Task GiveUpAsync(ClusterAddress address, CancellationToken cancellationToken)
    {
        await using var slot = await WalSlot.OpenAsync(address, cancellationToken);
        await slot.DropAsync(cancellationToken);
    }

    /// <summary>
    /// Ends what PostgreSQL sends to a receiver that hangs: a PostgreSQL that is stopped waits a minute until what it sent is confirmed.
    /// </summary>
    /// <exception cref="NpgsqlException">PostgreSQL does not answer.</exception>
    public static async Task EndStreamsAsync(ClusterAddress address, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(address.ForMaintenance() + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var end = new NpgsqlCommand(EndStreams, connection);
        end.Parameters.AddWithValue("receiver", WalReceiver.StandbyName);
        await end.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Removes what a rehearsal left that was killed with its server: rows that were erased since must not outlive that in it.</summary>
    /// <exception cref="IOException">It cannot be removed now.</exception>
    /// <exception cref="ClusterException">The same.</exception>
    public static Task RemoveRehearsalAsync(string dataDirectory) => RehearsalFolder.RemoveAsync(RehearseRestore.ScratchOf(dataDirectory));

    /// <summary>Ends the PostgreSQL of a rehearsal that did not end in time. Returns whether something of it is left, which goes at the next start.</summary>
    /// <exception cref="IOException">Whether there is one cannot be found out now.</exception>
    public static async Task<bool> EndRehearsalAsync(string dataDirectory)
    {
        var scratch = RehearseRestore.ScratchOf(dataDirectory);
        await RestoreBackup.EndReplayAsync(new ClusterFolders(scratch));
        return Directory.Exists(Path.Combine(scratch, RestoreBackup.Staging));
    }

    /// <summary>Asks for a restore to be tried out now; how it goes is in <see cref="State"/>.</summary>
    public RehearsalAnswer Rehearse() => Volatile.Read(ref _parts) is { } parts && Volatile.Read(ref _trouble) is null
        ? parts.Rehearsals.Ask()
        : RehearsalAnswer.NothingYet;

    /// <summary>Restores from the backup directory for a recovery, in turn with base backups and rehearsals: none is removed meanwhile.</summary>
    /// <exception cref="BackupException">ToolFailed: it had not ended after twelve hours.</exception>
    /// <exception cref="OperationCanceledException">It was told to end.</exception>
    public async Task RecoverAsync(Func<CancellationToken, Task> recover, CancellationToken cancellationToken)
    {
        try
        {
            await _turn.RecoverAsync(recover, cancellationToken);
        }
        catch (TimeoutException late)
        {
            throw new BackupException(BackupTrouble.ToolFailed, "the recovery had not ended after twelve hours", "recover it at another machine", late);
        }
    }

    /// <summary>
    /// Waits until the backup directory has blobs that a commit names, while commits wait for it: ten seconds at most, and not at all when it takes none.
    /// </summary>
    /// <param name="paths">Below <c>DATA/blobs</c>; they are durable there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public Task WaitForBlobsAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        Volatile.Read(ref _parts)?.BlobWait?.WaitAsync(paths, cancellationToken) ?? Task.CompletedTask;

    /// <summary>Waits until the backup directory has every change that was committed before; two seconds at most, and not at all when it takes none.</summary>
    public Task CatchUpAsync() => Volatile.Read(ref _parts)?.Receiver.CatchUpAsync(CatchUpWithin) ?? Task.CompletedTask;

    /// <summary>Requires that neither of the two directories lies in the other, but for <c>DATA/backups</c>, and that pgBackRest can be given their paths.</summary>
    /// <exception cref="BackupException">WrongFolder.</exception>
    public void RequireApart()
    {
        var data = new ClusterFolders(_options.Backup.DataDirectory);
        TakeBackup.RequireApart(data, new BackupStore(_root));
        if (_options.PgBackRest is not null)
        {
            DrivenFolder.RequirePlain(data.Root);
            DrivenFolder.RequirePlain(_root);
        }
    }

    /// <summary>
    /// Runs until it is cancelled, and then until the backup directory and the object store have what came last, for ten seconds at most. What fails is tried again
    /// and told in <see cref="State"/>.
    /// </summary>
    /// <exception cref="BackupException">WrongFolder: the two directories lie in one another.</exception>
    /// <exception cref="OperationCanceledException">It was told to end.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        RequireApart();
        var isStill = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // The watch first: it must not wait for a disk that hangs.
        List<Func<CancellationToken, Task>> work = [_room.WatchSlotAsync, FollowToEndAsync];
        if (_carry is { } carry)
        {
            work.Add(token => carry.RunAsync(isStill.Task, token));
        }

        await TogetherAsync(work, cancellationToken);

        async Task FollowToEndAsync(CancellationToken token)
        {
            try
            {
                await FollowAsync(token);
            }
            finally
            {
                isStill.SetResult();
            }
        }
    }

    // None ends by itself: one that does takes the others with it, and its reason is told.
    private static async Task TogetherAsync(IEnumerable<Func<CancellationToken, Task>> work, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tasks = work.Select(one => one(ending.Token)).ToList();
        var first = await Task.WhenAny(tasks);
        await ending.CancelAsync();
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        await ClearRehearsalAsync(cancellationToken);
        for (var pause = LookEvery; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var begun = _clock.GetTimestamp();
            try
            {
                var store = await FindStoreAsync(cancellationToken);
                await EndLeftAsync(store, cancellationToken);
                if (!_turn.IsRecovering)
                {
                    // Not what is being restored; that ends by itself where room is short.
                    await _room.MakeAsync(store, cancellationToken);
                }

                _room.Require();
                _room.RequireForBlobs(store, cancellationToken);
                var parts = MakeParts(store);
                Volatile.Write(ref _parts, parts);
                Volatile.Write(ref _trouble, null);
                await TogetherAsync([.. parts.Work, WatchRoomAsync], cancellationToken);
            }
#pragma warning disable CA1031 // Whatever it is: it is told and tried again, for a backup that ended without a word is worse.
            catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                Tell(failed.Message);
                pause = _clock.GetElapsedTime(begun) >= LongRun ? LookEvery : pause;
                await Task.Delay(pause, _clock, cancellationToken);
            }
        }
    }

    private async Task ClearRehearsalAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RemoveRehearsalAsync(_options.Backup.DataDirectory);
        }
        catch (Exception left) when (left is IOException or UnauthorizedAccessException or ClusterException && !cancellationToken.IsCancellationRequested)
        {
            // The next rehearsal tells it again, and does not begin.
            _progress.Report($"what a rehearsal left is not removed: {left.Message}");
        }
    }

    // Of a server that was killed, whoever copies the database now: nobody looks whether there is room for what it writes.
    private async Task EndLeftAsync(BackupStore store, CancellationToken cancellationToken)
    {
        try
        {
            await DrivenFolder.EndLeftAsync(Chain.FolderOf(store), cancellationToken);
        }
        catch (BackupException goesOn)
        {
            _progress.Report(goesOn.Message);
        }
    }

    private Parts MakeParts(BackupStore store)
    {
        var receiver = new WalReceiver(_address, store, _keyring, _progress.Report, _clock);
        var blobs = new BlobFollower(_options.Backup.DataDirectory, store, _keyring, _progress.Report, _clock);
        var bases = new BaseBackups(_options, _address, store, _room.IsShared, receiver, _turn, _keyring, _progress, _clock);
        var wait = _room.IsShared == false && _options.LetCommitsWait is { } let
            ? new CommitWait(let, () => receiver.State, _options.Patience, _progress.Report, _clock)
            : null;
        return new Parts(
            receiver,
            new KeyFollower(store, _keyring, _clock),
            blobs,
            bases,
            new Rehearsals(_options, store, bases, blobs, _turn, _keyring, _progress, _clock),
            wait,
            wait is null ? null : new BlobWait(blobs, () => wait.IsOn, _options.Patience, _progress.Report, _clock));
    }

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one > other || other is null ? one : other;

    // A directory that is known by its path must be the one it was; only one that was never used is made, and the one below the data directory, which
    // nobody mounts: a restored server has none, and somebody may have removed it.
    private async Task<BackupStore> FindStoreAsync(CancellationToken cancellationToken)
    {
        var data = new ClusterFolders(_options.Backup.DataDirectory).Root;
        var keyringPaths = KeyringFiles.Below(data).KeyringPaths;
        if (IsDefaultGone() && KeyringTargets.Forget(keyringPaths, _root) is [_, ..])
        {
            _progress.Report($"the backup directory {_root} is gone: another one begins there");
        }

        var ids = KnownIds(keyringPaths);
        TakeBackup.RequireKnown(new BackupStore(_root), keyringPaths);
        if (ids.Count == 0)
        {
            RequireParent();
            DurableFile.CreatePrivateDirectory(_root);
            _keyring.CopyTo(new BackupStore(_root).KeyringPaths);
            KeyringTargets.Add(keyringPaths, _root);
            ids = KnownIds(keyringPaths);
        }

        var store = new BackupStore(_root) { Ids = ids, FindIds = () => KnownIds(keyringPaths) };
        store.Require();
        var wasKnown = _room.IsShared is not null;
        _room.IsShared = _options.IsOnDataDisk ?? await Disks.AreSameAsync(data, _root, cancellationToken);
        if (_room.IsShared == true && !wasKnown)
        {
            _progress.Report($"what is kept in {_root} lies on the disk of the data and is lost with it: name a directory on another disk or machine with --backup");
        }

        if (!wasKnown && await Disks.IsGivenByProgramAsync(_root, cancellationToken))
        {
            _progress.Report($"{_root} is mounted by a program (FUSE, such as sshfs): whether what it takes is on a disk it does not say for certain; see docs/operations/object-store.md");
        }

        return new BackupStore(_root)
        {
            Ids = ids,
            FindIds = store.FindIds,
            LeastFreeBytes = _room.IsShared == false ? _options.LeastFreeBytes : _options.LeastFreeBytes * FollowOptions.SharedFactor,
        };
    }

    private bool IsDefaultGone() =>
        _root == DefaultDirectory(new ClusterFolders(_options.Backup.DataDirectory).Root) && !Directory.Exists(_root);

    private IReadOnlyList<string> KnownIds(IReadOnlyList<string> keyringPaths) =>
        [.. KeyringTargets.List(keyringPaths).Where(target => target.Directory == _root).Select(target => target.Id).OfType<string>()];

    private void RequireParent()
    {
        if (!Directory.Exists(DurableFile.DirectoryOf(_root)))
        {
            throw new BackupException(
                BackupTrouble.WrongFolder, $"there is no folder {DurableFile.DirectoryOf(_root)} for the backup directory", "is it mounted?");
        }
    }

    private async Task WatchRoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            _room.Require();
            if (IsDefaultGone())
            {
                throw BackupException.Damaged($"the backup directory {_root} was removed");
            }

            await Task.Delay(_options.WatchEvery, _clock, cancellationToken);
        }
    }

    private void Tell(string words)
    {
        if (Volatile.Read(ref _trouble) != words)
        {
            _progress.Report($"the backup directory {_root} does not follow: {words}");
        }

        Volatile.Write(ref _trouble, words);
    }

    private sealed record Parts(
        WalReceiver Receiver, KeyFollower Keys, BlobFollower Blobs, BaseBackups Bases, Rehearsals Rehearsals, CommitWait? Wait, BlobWait? BlobWait)
    {
        public IReadOnlyList<Func<CancellationToken, Task>> Work =>
            [Receiver.RunAsync, Keys.RunAsync, Blobs.RunAsync, Bases.RunAsync, Rehearsals.RunAsync, .. Wait is null ? Array.Empty<Func<CancellationToken, Task>>() : [Wait.RunAsync]];
    }
}
