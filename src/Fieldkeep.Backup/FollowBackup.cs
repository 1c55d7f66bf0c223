using System.Globalization;
using Fieldkeep.Backup.Clusters;
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
    // With less on the disk of the data PostgreSQL comes first.
    private const long LeastFreeBytes = 512L << 20;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WatchEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

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
            try
            {
                var store = await FindStoreAsync(cancellationToken);
                RequireRoom();
                var parts = MakeParts(store);
                Volatile.Write(ref _parts, parts);
                Volatile.Write(ref _trouble, null);
                pause = LookEvery;
                await TogetherAsync([.. parts.Work, WatchRoomAsync], cancellationToken);
            }
#pragma warning disable CA1031 // Whatever it is: it is told and tried again, for a backup that ended without a word is worse.
            catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                Tell(failed.Message);
                await Task.Delay(pause, _clock, cancellationToken);
            }
        }
    }

    private Parts MakeParts(BackupStore store)
    {
        var receiver = new WalReceiver(_address, store, _keyring, _progress.Report, _clock);
        var bases = new BaseBackups(_options, store, receiver, _keyring, _progress, _clock);
        return new Parts(
            receiver,
            new BlobFollower(_options.Backup.DataDirectory, store, _keyring, _progress.Report, _clock),
            bases,
            new Rehearsals(_options, store, bases, _keyring, _progress, _clock),
            _isOnDataDisk == false && _options.LetCommitsWait is { } wait ? new CommitWait(wait, receiver, _options.Patience, _progress.Report, _clock) : null);
    }

    // A directory that is known by its path must be the one it was; only one that was never used is made.
    private async Task<BackupStore> FindStoreAsync(CancellationToken cancellationToken)
    {
        var data = new ClusterFolders(_options.Backup.DataDirectory).Root;
        var keyringPaths = KeyringFiles.Below(data).KeyringPaths;
        var ids = KnownIds(keyringPaths);
        var store = StoreOf(ids, keyringPaths);
        if (ids.Count == 0)
        {
            RequireParent();
            DurableFile.CreatePrivateDirectory(_root);
            _keyring.CopyTo(store.KeyringPaths);
            KeyringTargets.Add(keyringPaths, _root);
            store = StoreOf(KnownIds(keyringPaths), keyringPaths);
        }

        store.Require();
        _isOnDataDisk = _options.IsOnDataDisk ?? await Disks.AreSameAsync(data, _root, cancellationToken);
        return store;
    }

    private BackupStore StoreOf(IReadOnlyList<string> ids, IReadOnlyList<string> keyringPaths) =>
        new(_root) { Ids = ids, FindIds = () => KnownIds(keyringPaths) };

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
        if (_isOnDataDisk != false && Disks.FreeBytes(_root) is { } free && free < LeastFreeBytes)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder,
                $"nothing is kept in {_root} while the disk of the data has {Disks.Words(free)} left: PostgreSQL needs it",
                "make room, or name a backup directory on another disk");
        }
    }

    private async Task WatchRoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            RequireRoom();
            await Task.Delay(WatchEvery, _clock, cancellationToken);
        }
    }

    // A receiver that stays away must not fill PostgreSQL's disk, nor a base backup that hangs: that may keep as much of the log as is still free there.
    private async Task WatchSlotAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (await WalSlot.GiveUpAsync(_address, _options.MaxKeptBytes, cancellationToken) is { } bytes)
                {
                    _progress.Report(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{bytes >> 20} MiB of the log of changes were not received: PostgreSQL no longer keeps them, and a new base backup will be needed"));
                }

                var free = new DriveInfo(new ClusterFolders(_options.DataDirectory).Root).AvailableFreeSpace;
                if (await WalSlot.EndBackupsAsync(_address, free, cancellationToken) > 0)
                {
                    _progress.Report("a base backup took so long that PostgreSQL kept more of its log for it than its disk has left: it was ended");
                }
            }
            catch (Exception unreachable) when (unreachable is NpgsqlException or TimeoutException or InvalidOperationException or IOException)
            {
                // Then it writes nothing either.
            }

            await Task.Delay(WatchEvery, _clock, cancellationToken);
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

    private sealed record Parts(WalReceiver Receiver, BlobFollower Blobs, BaseBackups Bases, Rehearsals Rehearsals, CommitWait? Wait)
    {
        public IReadOnlyList<Func<CancellationToken, Task>> Work =>
            [Receiver.RunAsync, Blobs.RunAsync, Bases.RunAsync, Rehearsals.RunAsync, .. Wait is null ? Array.Empty<Func<CancellationToken, Task>>() : [Wait.RunAsync]];
    }
}
