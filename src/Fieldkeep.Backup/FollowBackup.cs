using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Backup;

/// <summary>Tells how the continuous backup stands.</summary>
/// <param name="Log">The log of changes.</param>
/// <param name="Blobs">New blobs.</param>
/// <param name="LastBaseAt">When the newest base backup that the log carries on was complete, UTC; null before one is known.</param>
/// <param name="BaseTrouble">Why the last base backup failed, or why one is needed; null when all is well.</param>
public sealed record FollowState(WalReceiverState Log, BlobFollowerState Blobs, DateTimeOffset? LastBaseAt, string? BaseTrouble);

/// <summary>
/// Keeps a backup directory as new as the data directory while the server runs: receives the log, copies new blobs, and takes a base backup when
/// there is none that the log carries on, or the last is old.
/// </summary>
public sealed class FollowBackup
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SlotLookEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private readonly BackupOptions _options;
    private readonly TimeSpan _baseEvery;
    private readonly ClusterAddress _address;
    private readonly Keyring _keyring;
    private readonly IProgress<string> _progress;
    private readonly TimeProvider _clock;
    private WalReceiver? _receiver;
    private BlobFollower? _blobs;
    private (int Beginning, DateTimeOffset EndedAt)? _lastBase;
    private string? _baseTrouble;

    /// <summary>Prepares; <see cref="RunAsync"/> begins.</summary>
    /// <param name="options">The data directory of this server, and the backup directory.</param>
    /// <param name="baseEvery">How old a base backup may become: the older, the longer a restore replays. A day is usual.</param>
    /// <param name="address">The private cluster.</param>
    /// <param name="keyring">The server's keys; the caller keeps them open.</param>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <param name="clock">Measures pauses and ages.</param>
    public FollowBackup(
        BackupOptions options, TimeSpan baseEvery, ClusterAddress address, Keyring keyring, IProgress<string> progress, TimeProvider clock)
    {
        _options = options;
        _baseEvery = baseEvery;
        _address = address;
        _keyring = keyring;
        _progress = progress;
        _clock = clock;
    }

    /// <summary>How it stands now.</summary>
    public FollowState State => new(
        Volatile.Read(ref _receiver)?.State ?? new WalReceiverState(),
        Volatile.Read(ref _blobs)?.State ?? new BlobFollowerState(null, 0, null),
        _lastBase?.EndedAt,
        Volatile.Read(ref _baseTrouble));

    /// <summary>How far the receiver may stay behind before PostgreSQL no longer keeps its log for it.</summary>
    internal long MaxKeptBytes { get; init; } = WalSlot.MaxKeptBytes;

    /// <summary>Gives up what PostgreSQL keeps for a receiver that will not run any more: a server that does not follow.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL does not answer.</exception>
    public static async Task GiveUpAsync(ClusterAddress address, CancellationToken cancellationToken)
    {
        await using var slot = await WalSlot.OpenAsync(address, cancellationToken);
        await slot.DropAsync(cancellationToken);
    }

    /// <summary>Runs until it is cancelled. What fails is tried again and told in <see cref="State"/>.</summary>
    /// <exception cref="BackupException">InUse: another process writes into the same backup directory.</exception>
    /// <exception cref="OperationCanceledException">It was told to end.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TakeBackup.RequireApart(new ClusterFolders(_options.DataDirectory), new BackupStore(_options.TargetDirectory));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // The watch first: it must not wait for a disk that hangs.
        List<Task> parts = [WatchSlotAsync(ending.Token), FollowAsync(ending.Token)];
        var first = await Task.WhenAny(parts);
        // None ends by itself: one that did takes the others with it, and its reason is told.
        await ending.CancelAsync();
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        var store = await FindStoreAsync(cancellationToken);
        var receiver = new WalReceiver(_address, store, _keyring, _progress.Report, _clock);
        var blobs = new BlobFollower(_options.DataDirectory, store, _keyring, _progress.Report, _clock);
        Volatile.Write(ref _receiver, receiver);
        Volatile.Write(ref _blobs, blobs);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> parts = [receiver.RunAsync(ending.Token), blobs.RunAsync(ending.Token), TakeBasesAsync(store, receiver, ending.Token)];
        var first = await Task.WhenAny(parts);
        await ending.CancelAsync();
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    // A directory that is known by its path must be the one it was; only one that was never used is made.
    private async Task<BackupStore> FindStoreAsync(CancellationToken cancellationToken)
    {
        var store = new BackupStore(_options.TargetDirectory);
        var keyringPaths = KeyringFiles.Below(new ClusterFolders(_options.DataDirectory).Root).KeyringPaths;
        for (var pause = LookEvery; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                IReadOnlyList<string> ids =
                    [.. KeyringTargets.List(keyringPaths).Where(target => target.Directory == store.Root).Select(target => target.Id).OfType<string>()];
                if (ids.Count > 0)
                {
                    return new BackupStore(store.Root) { Ids = ids };
                }

                RequireParent(store);
                DurableFile.CreatePrivateDirectory(store.Root);
                _keyring.CopyTo(store.KeyringPaths);
                KeyringTargets.Add(keyringPaths, store.Root);
            }
            catch (Exception failed) when (IsAnswerable(failed))
            {
                Tell($"the backup directory cannot be used: {failed.Message}");
                await Task.Delay(pause, _clock, cancellationToken);
            }
        }
    }

    private static void RequireParent(BackupStore store)
    {
        if (!Directory.Exists(DurableFile.DirectoryOf(store.Root)))
        {
            throw new BackupException(
                BackupTrouble.WrongFolder, $"there is no folder {DurableFile.DirectoryOf(store.Root)} for the backup directory", "is it mounted?");
        }
    }

    private async Task TakeBasesAsync(BackupStore store, WalReceiver receiver, CancellationToken cancellationToken)
    {
        for (var pause = LookEvery; ;)
        {
            try
            {
                // Only once the log is received: a base backup's log goes on from there.
                if (receiver.State is { ConnectedSince: not null } log && (await WhyAsync(store, log, cancellationToken)) is { } why)
                {
                    Tell($"a base backup is taken: {why}");
                    var taken = await TakeBackup.RunAsync(_options, store, _keyring, _progress, _clock, cancellationToken);
                    _lastBase = taken.Log is { Past: { } past } place && past == log.Past ? (log.Beginning, place.EndedAt) : throw new BackupException(
                        BackupTrouble.ToolFailed, $"the log that is received does not carry on the backup {taken.Name}", "it is taken again");
                }

                Volatile.Write(ref _baseTrouble, null);
                pause = LookEvery;
            }
            catch (Exception failed) when (IsAnswerable(failed))
            {
                Tell($"the base backup failed: {failed.Message}");
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }

            await Task.Delay(pause, _clock, cancellationToken);
        }
    }

    // Null when none is needed.
    private async Task<string?> WhyAsync(BackupStore store, WalReceiverState log, CancellationToken cancellationToken)
    {
        if (_lastBase?.Beginning != log.Beginning)
        {
            await Task.Yield();
            if (FindBase(store, log, cancellationToken) is { } broken)
            {
                return broken;
            }
        }

        return _lastBase is not { } last || last.Beginning != log.Beginning ? "the log carries on none yet"
            : _clock.GetUtcNow() - last.EndedAt >= _baseEvery ? $"the last was complete at {last.EndedAt:u}"
            : null;
    }

    // Words if the log after the newest one is broken; those would be missing at a restore.
    private string? FindBase(BackupStore store, WalReceiverState log, CancellationToken cancellationToken)
    {
        try
        {
            var shelf = new WalShelf(store, _keyring.InstallationId, _keyring.BackupKey);
            var choice = RestoreChoice.Make(store, shelf, null, RestoreOptions.Latest, _keyring, _progress);
            if (choice.Past?.Number == log.Past && choice.Timeline == log.Timeline && choice.Manifest.Log is { } place)
            {
                if (new WalReach(shelf, choice).Read(isAll: true, cancellationToken).Break is { } broken)
                {
                    return broken.Words;
                }

                _lastBase = (log.Beginning, place.EndedAt);
            }

            return null;
        }
        catch (BackupException none) when (none.Reason is BackupTrouble.NoBackup or BackupTrouble.Damaged)
        {
            return none.Message;
        }
    }

    // A receiver that stays away must not fill PostgreSQL's disk, nor a base backup that hangs: that may keep as much of the log as is still free there.
    private async Task WatchSlotAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (await WalSlot.GiveUpAsync(_address, MaxKeptBytes, cancellationToken) is { } bytes)
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

            await Task.Delay(SlotLookEvery, _clock, cancellationToken);
        }
    }

    private static bool IsAnswerable(Exception failed) => failed
        is BackupException or ClusterException or VaultException or IOException or UnauthorizedAccessException or NpgsqlException or TimeoutException;

    private void Tell(string words)
    {
        if (Volatile.Read(ref _baseTrouble) != words)
        {
            _progress.Report(words);
        }

        Volatile.Write(ref _baseTrouble, words);
    }
}
