using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Following;
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
    // What PostgreSQL's own log may take at most (max_wal_size) and as much again must fit beside what is kept on the disk of the data.
    private const int SharedFactor = 4;

    // What a receiver that keeps up stays below, while the disk of the data has hardly any room.
    private const long FewKeptBytes = 64L << 20;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

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
    private Parts? _parts;
    private bool? _isOnDataDisk;
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
    }

    /// <summary>How it stands now.</summary>
    public FollowState State => Volatile.Read(ref _parts) is { } parts
        ? new FollowState(
            _root, _isOnDataDisk, parts.Receiver.State, parts.Blobs.State, parts.Bases.Last, parts.Bases.Trouble, parts.Wait?.IsOn ?? false, _trouble)
        {
            StoppedWaitingAt = parts.Wait?.StoppedAt,
            LastRehearsal = parts.Rehearsals.Last,
            KeyTrouble = parts.Keys.Trouble,
            PruneTrouble = parts.Bases.PruneTrouble,
            RemovedEarly = parts.Bases.RemovedEarly,
        }
        : new FollowState(_root, _isOnDataDisk, new WalReceiverState(), new BlobFollowerState(null, 0, null), null, null, false, _trouble);

    /// <summary>The backup directory of a server to which nobody named one.</summary>
    public static string DefaultDirectory(string dataDirectory) => Path.Combine(dataDirectory, BackupStore.Below);

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

    /// <summary>Requires that neither of the two directories lies in the other, but for <c>DATA/backups</c>.</summary>
    /// <exception cref="BackupException">WrongFolder.</exception>
    public void RequireApart() => TakeBackup.RequireApart(new ClusterFolders(_options.Backup.DataDirectory), new BackupStore(_root));

    /// <summary>Runs until it is cancelled. What fails is tried again and told in <see cref="State"/>.</summary>
    /// <exception cref="BackupException">WrongFolder: the two directories lie in one another.</exception>
    /// <exception cref="OperationCanceledException">It was told to end.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        RequireApart();
        // The watch first: it must not wait for a disk that hangs.
        await TogetherAsync([WatchSlotAsync, FollowAsync], cancellationToken);
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
        for (var pause = LookEvery; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var begun = _clock.GetTimestamp();
            try
            {
                var store = await FindStoreAsync(cancellationToken);
                RequireRoom();
                RequireRoomForBlobs(store, cancellationToken);
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

    private Parts MakeParts(BackupStore store)
    {
        var receiver = new WalReceiver(_address, store, _keyring, _progress.Report, _clock);
        var bases = new BaseBackups(_options, _address, store, _isOnDataDisk != false, receiver, _keyring, _progress, _clock);
        return new Parts(
            receiver,
            new KeyFollower(store, _keyring, _clock),
            new BlobFollower(_options.Backup.DataDirectory, store, _keyring, _progress.Report, _clock),
            bases,
            new Rehearsals(_options, store, bases, _keyring, _progress, _clock),
            _isOnDataDisk == false && _options.LetCommitsWait is { } wait
                ? new CommitWait(wait, () => receiver.State, _options.Patience, _progress.Report, _clock)
                : null);
    }

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
        _isOnDataDisk = _options.IsOnDataDisk ?? await Disks.AreSameAsync(data, _root, cancellationToken);
        return new BackupStore(_root)
        {
            Ids = ids,
            FindIds = store.FindIds,
            LeastFreeBytes = _isOnDataDisk == false ? _options.LeastFreeBytes : _options.LeastFreeBytes * SharedFactor,
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

    private void RequireRoom()
    {
        if (_isOnDataDisk != false && Disks.FreeBytes(_root) is { } free && free < _options.LeastFreeBytes * SharedFactor)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"nothing is kept in {_root} while the disk of the data has {Disks.Words(free)} left: PostgreSQL needs it",
                "make room, or name a backup directory on another disk");
        }
    }

    // At first all of them are copied at once; without them neither the log nor a base backup would be of use, and both would only take room.
    private void RequireRoomForBlobs(BackupStore store, CancellationToken cancellationToken)
    {
        if (_isOnDataDisk == false || Disks.FreeBytes(_root) is not { } free)
        {
            return;
        }

        var missing = BlobCopy.CountMissing(Path.Combine(new ClusterFolders(_options.Backup.DataDirectory).Root, "blobs"), store, cancellationToken);
        if (missing > free / 2)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"nothing is kept in {_root}: it lacks {Disks.Words(missing)} of files, which is more than half of the {Disks.Words(free)} that the disk of the data has left",
                "name a backup directory on another disk");
        }
    }

    private async Task WatchRoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            RequireRoom();
            if (IsDefaultGone())
            {
                throw BackupException.Damaged($"the backup directory {_root} was removed");
            }

            await Task.Delay(_options.WatchEvery, _clock, cancellationToken);
        }
    }

    // A receiver that stays away must not fill PostgreSQL's disk, nor a base backup that hangs: that may keep as much of the log as is still free there.
    private async Task WatchSlotAsync(CancellationToken cancellationToken)
    {
        var data = new ClusterFolders(_options.Backup.DataDirectory).Root;
        while (true)
        {
            try
            {
                var least = _isOnDataDisk == false ? _options.LeastFreeBytes : _options.LeastFreeBytes * SharedFactor;
                var spare = (Disks.FreeBytes(data) ?? long.MaxValue) - least;
                var mostKept = spare < 0 ? Math.Min(FewKeptBytes, _options.MaxKeptBytes) : _options.MaxKeptBytes;
                if (await WalSlot.GiveUpAsync(_address, mostKept, cancellationToken) is { } bytes)
                {
                    _progress.Report(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{bytes >> 20} MiB of the log of changes were not received: PostgreSQL no longer keeps them, and a new base backup will be needed"));
                }

                if (await WalSlot.EndBackupsAsync(_address, Math.Max(spare, FewKeptBytes), cancellationToken) > 0)
                {
                    _progress.Report("a base backup took so long that PostgreSQL kept more of its log for it than its disk has left: it was ended");
                }
            }
            catch (Exception unreachable) when (unreachable is NpgsqlException or TimeoutException or InvalidOperationException or IOException)
            {
                // Then it writes nothing either.
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

    private sealed record Parts(WalReceiver Receiver, KeyFollower Keys, BlobFollower Blobs, BaseBackups Bases, Rehearsals Rehearsals, CommitWait? Wait)
    {
        public IReadOnlyList<Func<CancellationToken, Task>> Work =>
            [Receiver.RunAsync, Keys.RunAsync, Blobs.RunAsync, Bases.RunAsync, Rehearsals.RunAsync, .. Wait is null ? Array.Empty<Func<CancellationToken, Task>>() : [Wait.RunAsync]];
    }
}
