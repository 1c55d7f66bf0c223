using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;

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
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private readonly BackupOptions _options;
    private readonly TimeSpan _baseEvery;
    private readonly Keyring _keyring;
    private readonly IProgress<string> _progress;
    private readonly TimeProvider _clock;
    private readonly BackupStore _store;
    private readonly WalShelf _shelf;
    private readonly WalReceiver _receiver;
    private readonly BlobFollower _blobs;
    private DateTimeOffset? _lastBaseAt;
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
        _keyring = keyring;
        _progress = progress;
        _clock = clock;
        _store = new BackupStore(options.TargetDirectory);
        _shelf = new WalShelf(_store, keyring.InstallationId, keyring.BackupKey);
        _receiver = new WalReceiver(address, options.TargetDirectory, keyring, progress.Report, clock);
        _blobs = new BlobFollower(options.DataDirectory, options.TargetDirectory, keyring, progress.Report, clock);
    }

    /// <summary>How it stands now.</summary>
    public FollowState State => new(_receiver.State, _blobs.State, _lastBaseAt, Volatile.Read(ref _baseTrouble));

    /// <summary>Runs until it is cancelled. What fails is tried again and told in <see cref="State"/>.</summary>
    /// <exception cref="BackupException">InUse: another process writes into the same backup directory.</exception>
    /// <exception cref="OperationCanceledException">It was told to end.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TakeBackup.RequireApart(new ClusterFolders(_options.DataDirectory), _store);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> parts = [_receiver.RunAsync(ending.Token), _blobs.RunAsync(ending.Token), TakeBasesAsync(ending.Token)];
        var first = await Task.WhenAny(parts);
        // None ends by itself: one that did takes the others with it, and its reason is told.
        await ending.CancelAsync();
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task TakeBasesAsync(CancellationToken cancellationToken)
    {
        var isFirst = true;
        for (var pause = LookEvery; ;)
        {
            try
            {
                // Only once the log is received: a base backup's log goes on from there.
                if (_receiver.State is { LastReceivedAt: not null } log && (await WhyAsync(log, isFirst, cancellationToken)) is { } why)
                {
                    _progress.Report($"taking a base backup: {why}");
                    Volatile.Write(ref _baseTrouble, why);
                    var taken = await TakeBackup.RunAsync(_options, _keyring, _progress, _clock, cancellationToken);
                    _lastBaseAt = taken.Log?.EndedAt;
                    if (taken.Log is { } place)
                    {
                        _receiver.NoteBase(place.StopPlace);
                    }
                }

                isFirst = isFirst && _receiver.State.LastReceivedAt is null;
                Volatile.Write(ref _baseTrouble, null);
                pause = LookEvery;
            }
            catch (Exception failed) when (failed is BackupException or ClusterException or VaultException or IOException or UnauthorizedAccessException or Npgsql.NpgsqlException)
            {
                _progress.Report($"the base backup failed: {failed.Message}; trying again in {pause.TotalSeconds:0} s");
                Volatile.Write(ref _baseTrouble, failed.Message);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }

            await Task.Delay(pause, _clock, cancellationToken);
        }
    }

    // Null when none is needed.
    private async Task<string?> WhyAsync(WalReceiverState log, bool isFirst, CancellationToken cancellationToken)
    {
        if (log.NeedsBaseAfter is not null)
        {
            return "the log has a gap";
        }

        if (isFirst)
        {
            await Task.Yield();
            try
            {
                var choice = RestoreChoice.Make(_store, _shelf, null, RestoreOptions.Latest, _keyring, _progress);
                var run = new WalReach(_shelf, choice).Read(isAll: true, cancellationToken);
                _lastBaseAt = choice.Timeline == log.Timeline ? choice.Manifest.Log?.EndedAt : null;
                if (run.Break is { } broken)
                {
                    return broken.Words;
                }
            }
            catch (BackupException none) when (none.Reason is BackupTrouble.NoBackup or BackupTrouble.Damaged)
            {
                return "the log carries on none yet";
            }
        }

        return _lastBaseAt is not { } last ? "the log carries on none yet"
            : _clock.GetUtcNow() - last >= _baseEvery ? $"the last was complete at {last:u}"
            : null;
    }
}
