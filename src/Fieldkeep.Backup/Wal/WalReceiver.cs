using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Store;
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

    /// <summary>The replication slot that makes PostgreSQL keep what was not received yet, up to <c>max_slot_wal_keep_size</c>.</summary>
    public const string SlotName = "fieldkeep_backup";

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly ClusterAddress _address;
    private readonly WalShelf _shelf;
    private readonly Action<string> _tell;
    private readonly TimeProvider _clock;
    private WalReceiverState _state = new();

    /// <summary>Prepares; <see cref="RunAsync"/> connects.</summary>
    /// <param name="address">The cluster.</param>
    /// <param name="targetDirectory">The backup directory; made if absent.</param>
    /// <param name="keyring">Its backup key seals; the caller keeps it open.</param>
    /// <param name="tell">Receives sentences for the operator, without secrets.</param>
    /// <param name="clock">Measures pauses.</param>
    public WalReceiver(ClusterAddress address, string targetDirectory, Keyring keyring, Action<string> tell, TimeProvider clock)
    {
        _address = address;
        _shelf = new WalShelf(new BackupStore(targetDirectory), keyring.InstallationId, keyring.BackupKey);
        _tell = tell;
        _clock = clock;
    }

    /// <summary>How it stands now.</summary>
    public WalReceiverState State => Volatile.Read(ref _state);

    /// <summary>How often it asks PostgreSQL where its end is, and notes that nothing new was there.</summary>
    internal TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Receives until it is cancelled; connects again, with growing pauses, whatever happens in between.</summary>
    /// <exception cref="BackupException">InUse: another process receives into the same directory.</exception>
    /// <exception cref="OperationCanceledException">It was told to end.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var held = _shelf.Lock();
        var progress = new WalProgress();
        for (var pause = ShortestPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var before = progress.Durable;
            try
            {
                await using var connection = await WalConnection.OpenAsync(_address, _shelf, progress, Change, _clock, cancellationToken);
                await connection.ReceiveAsync(LookEvery, cancellationToken);
                Suspend("PostgreSQL ended the stream");
            }
            catch (Exception broken) when (IsAnswerable(broken))
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    Change(state => state with { ConnectedSince = null });
                    cancellationToken.ThrowIfCancellationRequested();
                }

                Suspend(broken is PostgresException refused ? refused.MessageText : broken.Message);
            }

            if (progress.Durable != before)
            {
                pause = ShortestPause;
            }

            await Task.Delay(pause, _clock, cancellationToken);
        }
    }

    /// <summary>Notes that a base backup was taken: a gap before it no longer matters.</summary>
    /// <param name="stop">The place where that backup's database became consistent.</param>
    public void NoteBase(Lsn stop) => Change(state => state.NeedsBaseAfter is { } needed && stop > needed
        ? state with { NeedsBaseAfter = null, Trouble = null }
        : state);

    // Whatever ends one connection may be over at the next; PostgreSQL, the disk and people mend it. What it was stays in the state.
    private static bool IsAnswerable(Exception broken) =>
        broken is NpgsqlException or IOException or UnauthorizedAccessException or BackupException or TimeoutException
            or OperationCanceledException or InvalidOperationException or ObjectDisposedException;

    private void Suspend(string why)
    {
        if (State.ConnectedSince is not null || State.Trouble != why)
        {
            _tell($"the log of changes is not received: {why}");
        }

        Change(state => state with { ConnectedSince = null, Trouble = why });
    }

    private void Change(Func<WalReceiverState, WalReceiverState> change)
    {
        while (true)
        {
            var before = Volatile.Read(ref _state);
            if (ReferenceEquals(Interlocked.CompareExchange(ref _state, change(before), before), before))
            {
                return;
            }
        }
    }
}

/// <summary>What is known to be durable, over the connections of one process.</summary>
internal sealed class WalProgress
{
    /// <summary>Of which cluster.</summary>
    public ulong System { get; set; }

    /// <summary>Of which timeline.</summary>
    public uint Timeline { get; set; }

    /// <summary>Up to where; null before the first connection.</summary>
    public Lsn? Durable { get; set; }
}
