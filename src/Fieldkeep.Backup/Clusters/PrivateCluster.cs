using Fieldkeep.Backup.Upgrades;
using Npgsql;

namespace Fieldkeep.Backup.Clusters;

/// <summary>Says what a private cluster is doing.</summary>
public enum ClusterState
{
    /// <summary>PostgreSQL is up.</summary>
    Running,

    /// <summary>PostgreSQL died and is being started again.</summary>
    Restarting,

    /// <summary>PostgreSQL was stopped on purpose.</summary>
    Stopped,
}

/// <summary>Owns a PostgreSQL cluster in <c>DATA/postgres</c>: makes it, starts it, keeps it running, stops it.</summary>
/// <remarks>
/// The cluster answers on a Unix socket only, to the server's own operating system user only.
/// A PostgreSQL left behind by a killed server is adopted; the lock on the data directory says it is ours.
/// </remarks>
public sealed class PrivateCluster : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    // A disk that was full for an hour and has room again is noticed soon; a start that fails costs a second.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly ClusterControl _control;
    private readonly Action<string> _tell;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stopping = new();
    private Task _watch = Task.CompletedTask;

    private PrivateCluster(ClusterControl control, Action<string> tell, TimeProvider clock)
    {
        _control = control;
        _tell = tell;
        _clock = clock;
    }

    /// <summary>Where the cluster answers. It stays the same over restarts.</summary>
    public ClusterAddress Address => _control.Address;

    /// <summary>The programs that belong to the cluster's version: <c>pg_dump</c>, <c>pg_basebackup</c> and others lie beside.</summary>
    public PostgresBinaries Binaries => _control.Binaries;

    /// <summary>What the cluster is doing now.</summary>
    public ClusterState State { get; private set; } = ClusterState.Running;

    /// <summary>Whether a PostgreSQL of an earlier, killed server was found running and taken over.</summary>
    public bool WasAdopted { get; private init; }

    /// <summary>Makes the cluster if there is none, starts it or adopts a running one, and watches over it.</summary>
    /// <param name="held">The lock on the data directory; hold it until the cluster is stopped.</param>
    /// <param name="mode">How carefully it keeps data.</param>
    /// <param name="tell">Receives sentences for the operator, without secrets.</param>
    /// <param name="clock">Measures pauses.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="ClusterException">It cannot be made or started.</exception>
    public static async Task<PrivateCluster> StartAsync(
        DataLock held,
        ClusterMode mode,
        Action<string> tell,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        // A new one in the place of what a cut-off rollback moved would be served empty.
        RollBack.RequireWhole(held);
        var control = await ClusterControl.OpenAsync(held.Folders, mode, tell, cancellationToken);
        var adopted = await control.AdoptAsync(cancellationToken);
        try
        {
            if (!adopted)
            {
                await control.StartAsync(cancellationToken);
            }

            await ClusterSession.CreateRoleAndDatabaseAsync(control.Address, cancellationToken);
        }
        catch
        {
            await control.StopAsync(CancellationToken.None);
            throw;
        }

        var cluster = new PrivateCluster(control, tell, clock) { WasAdopted = adopted };
        cluster._watch = cluster.WatchAsync();
        return cluster;
    }

    /// <summary>The address of the cluster another process runs on a data directory, or null when none runs.</summary>
    public static ClusterAddress? FindRunning(string dataDirectory) =>
        Postmaster.Find(new ClusterFolders(dataDirectory)) is { } running ? new ClusterAddress(running.SocketFolder) : null;

    /// <summary>Stops the PostgreSQL that a killed process left on a data directory, replaying or not; starts none.</summary>
    /// <param name="held">The lock on the data directory.</param>
    /// <param name="tell">Receives sentences for the operator, without secrets.</param>
    /// <exception cref="ClusterException">Its programs are not to be found, or it belongs to another user.</exception>
    public static async Task StopRunningAsync(DataLock held, Action<string> tell, CancellationToken cancellationToken)
    {
        var control = await ClusterControl.OpenAsync(held.Folders, ClusterMode.Durable, tell, cancellationToken);

        // One that does not answer is stopped by that.
        if (await control.AdoptAsync(cancellationToken))
        {
            await control.StopAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Lets every commit wait until a <see cref="Wal.WalReceiver"/> has it on its disk, or no longer. Off at each start: first the receiver must run,
    /// for while it does not, commits wait without end.
    /// </summary>
    public Task WaitForBackupAsync(bool waits, CancellationToken cancellationToken) => _control.WaitForBackupAsync(waits, cancellationToken);

    /// <summary>Stops PostgreSQL: open connections are ended, everything written is kept.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => StopAsync(() => _control.StopAsync(cancellationToken));

    /// <summary>Stops PostgreSQL at once, for a copy that is given up: nothing more is written, not even a checkpoint.</summary>
    internal Task StopAtOnceAsync() => StopAsync(() => _control.StopAtOnceAsync(CancellationToken.None));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _stopping.Dispose();
    }

    private async Task StopAsync(Func<Task> stop)
    {
        if (State == ClusterState.Stopped)
        {
            return;
        }

        await _stopping.CancelAsync();
        await _watch;
        NpgsqlConnection.ClearAllPools();
        await stop();
        State = ClusterState.Stopped;
    }

    private async Task WatchAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(LookEvery, _clock, _stopping.Token);
                if (IsKnownDead())
                {
                    State = ClusterState.Restarting;
                    _tell("PostgreSQL stopped unexpectedly; starting it again");
                    await RestartAsync();
                    State = ClusterState.Running;
                    _tell("PostgreSQL runs again");
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopping on purpose is how the watch ends.
        }
    }

    private bool IsKnownDead()
    {
        try
        {
            return !_control.IsAlive;
        }
        catch (IOException)
        {
            // Not to be found out now; the next look comes in half a second.
            return false;
        }
    }

    private async Task RestartAsync()
    {
        for (var pause = LookEvery; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await _control.StartAsync(_stopping.Token);
                return;
            }
#pragma warning disable CA1031 // Whatever kept it from starting, also a process that could not be made, may be over soon.
            catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
            {
                // A full disk or a missing mount can be mended by people while we keep trying.
                _tell($"{e.Message}; trying again in {pause.TotalSeconds:0.#} s");
                await Task.Delay(pause, _clock, _stopping.Token);
            }
        }
    }
}
