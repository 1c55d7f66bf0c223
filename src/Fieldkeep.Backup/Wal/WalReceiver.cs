using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Files;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Backup.Wal;

/// <summary>
/// Receives the write-ahead log of a private cluster as it is written and keeps it sealed in <c>wal</c> of a backup directory. It confirms to
/// PostgreSQL what is on the disk, so that commits can wait for it. docs/formats/backup.md, “Write-ahead log”.
/// </summary>
public sealed class WalReceiver
{
    /// <summary>The name under which PostgreSQL knows it, for <c>synchronous_standby_names</c>.</summary>
    public const string StandbyName = "fieldkeep-backup";

    /// <summary>The replication slot that makes PostgreSQL keep what was not received yet, up to 4 GiB.</summary>
    public const string SlotName = "fieldkeep_backup";

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CatchUpEvery = TimeSpan.FromMilliseconds(20);

    private readonly ClusterAddress _address;
    private readonly BackupStore _store;
    private readonly Keyring _keyring;
    private readonly TimeProvider _clock;
    private readonly WalProgress _progress;
    private Held? _held;

    /// <summary>Prepares; <see cref="RunAsync"/> connects.</summary>
    /// <param name="address">The cluster.</param>
    /// <param name="store">The backup directory.</param>
    /// <param name="keyring">Its backup key seals; the caller keeps it open.</param>
    /// <param name="tell">Receives sentences for the operator, without secrets.</param>
    /// <param name="clock">Measures pauses.</param>
    internal WalReceiver(ClusterAddress address, BackupStore store, Keyring keyring, Action<string> tell, TimeProvider clock)
    {
        _address = address;
        _store = store;
        _keyring = keyring;
        _clock = clock;
        _progress = new WalProgress { Tell = tell };
    }

    /// <summary>How it stands now.</summary>
    public WalReceiverState State => _progress.State;

    /// <summary>How often it asks PostgreSQL where its end is, and notes until when all is here.</summary>
    internal TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Receives until it is cancelled; connects again, with growing pauses, whatever happens in between.</summary>
    /// <exception cref="BackupException">InUse: another process receives into the same directory.</exception>
    /// <exception cref="OperationCanceledException">It was told to end.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Looking is work of the disk, which may hang; not of whoever started this.
        await Task.Yield();
        try
        {
            for (var pause = ShortestPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
            {
                var before = _progress.Durable;
                try
                {
                    await using var connection = await WalConnection.OpenAsync(_address, Hold(), _progress, _clock, cancellationToken);
                    await connection.ReceiveAsync(LookEvery, cancellationToken);
                    _progress.Suspend("PostgreSQL ended the stream");
                }
                catch (Exception broken) when (IsAnswerable(broken))
                {
                    if (cancellationToken.IsCancellationRequested)
                    {
                        _progress.Suspend(null);
                        cancellationToken.ThrowIfCancellationRequested();
                    }

                    _progress.Suspend(broken is PostgresException refused ? refused.MessageText : broken.Message);
                }

                pause = _progress.Durable == before ? pause : ShortestPause;
                await Task.Delay(pause, _clock, cancellationToken);
            }
        }
        finally
        {
            LetGo();
        }
    }

    /// <summary>
    /// Waits until everything is kept that was committed before this call, which takes a second or so. False when the time is over, or nothing is received.
    /// </summary>
    public async Task<bool> CatchUpAsync(TimeSpan within)
    {
        var begun = _clock.GetTimestamp();
        Lsn? end = null;
        while (State is { ConnectedSince: not null } state && _clock.GetElapsedTime(begun) < within)
        {
            end ??= state.Asked is { } asked && asked.At >= begun ? asked.End : null;
            if (state.Durable >= end)
            {
                return true;
            }

            await Task.Delay(CatchUpEvery, _clock, CancellationToken.None);
        }

        return false;
    }

    // Whatever ends one connection may be over at the next; PostgreSQL, the disk and people mend it. What it was stays in the state.
    private static bool IsAnswerable(Exception broken) => broken is BackupException { Reason: not BackupTrouble.InUse }
        or NpgsqlException or IOException or UnauthorizedAccessException or TimeoutException
        or OperationCanceledException or InvalidOperationException or ObjectDisposedException;

    // The disk may have been taken out, and it or another brought: lock and knowledge are of the one that was there.
    private WalShelf Hold()
    {
        try
        {
            var mounted = _store.RequireMounted();
            if (_held is { } held && mounted.Ids.SequenceEqual(held.Ids) && File.Exists(held.Lock.Path))
            {
                return held.Shelf;
            }

            LetGo();
            var shelf = new WalShelf(mounted, _keyring.InstallationId, _keyring.BackupKey);
            _held = new Held(mounted.Ids, shelf, shelf.Lock());
            return shelf;
        }
        catch
        {
            LetGo();
            throw;
        }
    }

    private void LetGo()
    {
        _held?.Lock.Dispose();
        _held = null;
        _progress.Forget();
    }

    private sealed record Held(IReadOnlyList<string> Ids, WalShelf Shelf, FileLock Lock);
}
