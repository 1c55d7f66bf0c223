using Fieldkeep.Backup;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Objects;
using Fieldkeep.Cli;
using Fieldkeep.Vault.Keys;
using Npgsql;

namespace Fieldkeep.Serving;

/// <summary>The backup that runs beside the server, in the directory that the operator names or below the data directory; ends with it.</summary>
internal sealed class BackupHome : IAsyncDisposable
{
    /// <summary>What is given for no backup.</summary>
    public const string None = "none";

    // A backup disk may hang; whoever stops or seals waits no longer for it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _ending = new();
    private readonly PrivateCluster? _cluster;
    private readonly string _dataDirectory;
    private Task _running = Task.CompletedTask;

    private BackupHome(FollowBackup? follow, PrivateCluster? cluster, string dataDirectory) => (Follow, _cluster, _dataDirectory) = (follow, cluster, dataDirectory);

    /// <summary>How it stands; null when none runs.</summary>
    public FollowBackup? Follow { get; }

    /// <summary>Prepares; <see cref="Start"/> begins.</summary>
    /// <param name="database">Only a private cluster is followed.</param>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="wish">What the operator asked for.</param>
    /// <exception cref="BackupException">WrongFolder.</exception>
    public static async Task<BackupHome> OpenAsync(
        DatabaseHome database, string dataDirectory, BackupWish wish, Keyring keyring, TimeProvider clock, CancellationToken cancellationToken)
    {
        var target = wish.Directory == None || database.Cluster is null
            ? null
            : Path.GetFullPath(wish.Directory ?? FollowBackup.DefaultDirectory(dataDirectory));
        if (target is null && wish.Store is { } store)
        {
            throw new BackupException(
                BackupTrouble.WrongFolder, $"nothing can be carried to {store.Address}: there is no backup directory", "an object store takes what a server keeps in its backup directory of its own database");
        }

        if (target != FollowBackup.DefaultDirectory(dataDirectory))
        {
            TellWhatIsLeft(dataDirectory);
        }

        if (database.Cluster is not { } cluster)
        {
            return new BackupHome(null, null, dataDirectory);
        }

        if (target is null)
        {
            await GiveUpAsync(cluster, cancellationToken);
            return new BackupHome(null, null, dataDirectory);
        }

        var options = new FollowOptions(new BackupOptions(dataDirectory, target))
        {
            KeepDays = wish.KeepDays,
            LetCommitsWait = wish.Waits ? cluster.WaitForBackupAsync : null,
            RehearseEvery = wish.RehearseDays > 0 ? TimeSpan.FromDays(wish.RehearseDays) : null,
            Check = BackupCommands.CheckAsync,
            Store = wish.Store,
            PgBackRest = wish.PgBackRest,
        };
        var follow = new FollowBackup(options, cluster.Address, keyring, new StderrProgress(), clock);
        follow.RequireApart();
        return new BackupHome(follow, cluster, dataDirectory);
    }

    /// <summary>Begins, once the server answers.</summary>
    public void Start() => _running = Follow?.RunAsync(_ending.Token) ?? Task.CompletedTask;

    /// <summary>
    /// Removes what a rehearsal left that was killed with its server: before keys, migrations or doors, for a server may stay sealed for days, and what was
    /// erased since must not live on there. Tells what it cannot remove; waits fifteen seconds at most.
    /// </summary>
    public static async Task ClearAsync(string dataDirectory)
    {
        try
        {
            await RemoveAsync().WaitAsync(Patience, TimeProvider.System);
        }
        catch (Exception left) when (left is IOException or UnauthorizedAccessException or ClusterException or TimeoutException)
        {
            Terminal.Tell($"what a rehearsal left is not removed: {left.Message}");
        }

        async Task RemoveAsync()
        {
            // The disk may hang in any call.
            await Task.Yield();
            await FollowBackup.RemoveRehearsalAsync(dataDirectory);
        }
    }

    /// <summary>
    /// Ends it, once the backup directory has the last changes and their files; a disk that hangs is left to itself after fifteen seconds. No commit waits for
    /// it any more.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await (Follow?.CatchUpAsync() ?? Task.CompletedTask);
        // What is called back by cancelling may touch the disk as well.
        var ended = Task.WhenAll(_ending.CancelAsync(), _running);
        if (_cluster is { } waiting && Follow?.State.CommitsWait == true)
        {
            await TryAsync("commits may wait for the backup", token => waiting.WaitForBackupAsync(false, token));
        }

        await ended.WaitAsync(Patience, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ended.IsCompleted)
        {
            _ending.Dispose();
        }
        else if (_cluster is { } cluster)
        {
            Terminal.Tell(Follow?.State.Rehearsals.BegunAt is null
                ? $"the backup directory {Follow?.State.Directory} does not answer and is left as it is"
                : "the restore that was being tried out does not end in time");
            await TryAsync("PostgreSQL may take a minute to stop", token => FollowBackup.EndStreamsAsync(cluster.Address, token));
            await TryAsync("the PostgreSQL of a rehearsal may run on", async token =>
            {
                if (await FollowBackup.EndRehearsalAsync(_dataDirectory).WaitAsync(token))
                {
                    Terminal.Tell("a restore that was being tried out is left; it is removed at the next start");
                }
            });
        }
    }

    // Nothing is pruned there any more, and nobody may know of it.
    private static void TellWhatIsLeft(string dataDirectory)
    {
        var folder = FollowBackup.DefaultDirectory(dataDirectory);
        try
        {
            if (FollowBackup.FindNewestBelow(dataDirectory) is { } newest)
            {
                Terminal.Tell($"{folder} still holds backups, the last of {newest:u}, with what was erased since: remove it once another backup is complete");
            }
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            Terminal.Tell($"whether {folder} still holds backups cannot be found out: {closed.Message}");
        }
    }

    private static async Task TryAsync(string otherwise, Func<CancellationToken, Task> work)
    {
        using var brief = new CancellationTokenSource(AnswerWithin);
        try
        {
            await work(brief.Token);
        }
        catch (Exception unreachable) when (unreachable is NpgsqlException or OperationCanceledException or TimeoutException or IOException or ClusterException)
        {
            Terminal.Tell($"{otherwise}: {unreachable.Message}");
        }
    }

    // What an earlier start followed with must not make PostgreSQL keep its log for ever.
    private static async Task GiveUpAsync(PrivateCluster cluster, CancellationToken cancellationToken)
    {
        try
        {
            await FollowBackup.GiveUpAsync(cluster.Address, cancellationToken);
        }
        catch (NpgsqlException unreachable)
        {
            Terminal.Tell($"PostgreSQL may keep more of its log than it needs: {unreachable.Message}");
        }
    }
}

/// <summary>What the operator asked for.</summary>
/// <param name="Directory">The backup directory, <see cref="BackupHome.None"/>, or null for the one below the data directory.</param>
/// <param name="KeepDays">How long base backups are kept.</param>
/// <param name="Waits">Whether commits wait for a directory on another disk.</param>
/// <param name="RehearseDays">After how many days a restore is tried out; 0 for never by itself.</param>
/// <param name="Store">An object store that it is carried to; null for none.</param>
internal sealed record BackupWish(string? Directory, int KeepDays, bool Waits, int RehearseDays, ObjectStoreOptions? Store)
{
    /// <summary>The program that copies the database; null for the server itself.</summary>
    public PgBackRest? PgBackRest { get; init; }
}
