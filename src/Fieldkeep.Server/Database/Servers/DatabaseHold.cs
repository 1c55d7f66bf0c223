using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Database.Servers;

/// <summary>
/// Keeps a database for one process. Two data directories are two keyrings and two journals; on one database each would lose what is the other's (decision 0050).
/// </summary>
/// <remarks>
/// By two things, of which either alone would not do. A lock ends with its process at once, however that ends, so that nobody waits after a crash; but it is free
/// in a copy that takes over, while its holder still runs. A lease is a row and goes along with the data; but it runs out while its holder merely hangs.
/// </remarks>
internal sealed partial class DatabaseHold(Db db, LeaseRows leases, OwnServer own, ILogger<DatabaseHold> log) : IAsyncDisposable
{
    private const string TryLock = "select pg_try_advisory_lock(7224010090)";

    // A machine that is gone sends no end of its connection: without these, PostgreSQL would keep the lock for hours.
    private const string EndWithMachine = "set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3; set tcp_user_timeout = 11000";
    private const string Ping = "select 1";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    private Session? _session;
    private long? _epoch;
    private bool _isTaken;
    private bool _isPrivate;

    /// <summary>For how long a lock is waited for that no other server says it has.</summary>
    public TimeSpan ForOwn { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Whether the database's cluster lies in the data directory.</summary>
    public bool IsPrivate => _isPrivate;

    /// <summary>Whether another process has the database by now: this one must end.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Takes the database; call before anything of it is changed.</summary>
    /// <param name="isPrivate">Whether its cluster lies in the data directory, which one process has: then the row, which a restore brings along, says nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ServedElsewhereException">Another has it.</exception>
    public async Task TakeAsync(bool isPrivate, CancellationToken cancellationToken)
    {
        for (var begun = TimeProvider.System.GetTimestamp(); ;)
        {
            var session = await TryLockAsync(cancellationToken);
            var other = isPrivate && session is not null ? null : await FindOtherAsync(cancellationToken);
            if (session is not null && other is null)
            {
                (_session, _isTaken, _isPrivate) = (session, true, isPrivate);
                return;
            }

            await (session?.DisposeAsync() ?? ValueTask.CompletedTask);
            if (other is not null || TimeProvider.System.GetElapsedTime(begun) >= ForOwn)
            {
                throw new ServedElsewhereException(other);
            }

            // The lock of a process that was killed just now goes when its PostgreSQL notices.
            await Task.Delay(LookAgain, cancellationToken);
        }
    }

    /// <summary>Says so in the database, once it is migrated; nothing when it was not taken.</summary>
    /// <exception cref="ServedElsewhereException">Another was faster.</exception>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        if (_isTaken)
        {
            _epoch = await leases.TakeAsync(LeaseRows.Serving, begins: true, _isPrivate, cancellationToken)
                ?? throw new ServedElsewhereException((await leases.GetAsync(LeaseRows.Serving, cancellationToken)).Server);
        }
    }

    /// <summary>Looks whether this process still has the database, and takes the lock again where its connection was lost.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (_epoch is not { } epoch || IsLost)
        {
            return;
        }

        if (!await leases.RenewAsync(LeaseRows.Serving, epoch, cancellationToken))
        {
            // A database that was set back knows an earlier number. Another process of the same name is another all the same: somebody copied the folder.
            _epoch = await leases.TakeAsync(LeaseRows.Serving, begins: false, isForced: false, cancellationToken);
            IsLost = _epoch is null;
        }

        if (!IsLost && !await AnswersAsync(cancellationToken))
        {
            await (_session?.DisposeAsync() ?? ValueTask.CompletedTask);
            _session = null;
            _session = await TryLockAsync(cancellationToken);
            if (_session is null)
            {
                // Its own connection of before may not be noticed as gone yet; who serves says the lease, which is here.
                LogUnlocked(log);
            }
        }
    }

    /// <summary>Lets go of it in order.</summary>
    public async Task LetGoAsync(CancellationToken cancellationToken)
    {
        if (_epoch is not null && !IsLost)
        {
            _epoch = null;
            await leases.LetGoAsync(LeaseRows.Serving, cancellationToken);
        }

        await DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_session is { } session)
        {
            _session = null;
            await session.DisposeAsync();
        }
    }

    private async Task<string?> FindOtherAsync(CancellationToken cancellationToken) =>
        await LeaseRows.FindServingAsync(db, cancellationToken) is { } server && server != own.Name ? server : null;

    private async Task<Session?> TryLockAsync(CancellationToken cancellationToken)
    {
        var session = await db.OpenSessionAsync(cancellationToken);
        try
        {
            await session.ExecuteAsync(EndWithMachine, null, cancellationToken);
            if (await session.GetAsync<bool>(TryLock, null, cancellationToken))
            {
                return session;
            }
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }

        await session.DisposeAsync();
        return null;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        if (_session is not { } session)
        {
            return false;
        }

        try
        {
            await session.GetAsync<int>(Ping, null, cancellationToken).WaitAsync(Patience, TimeProvider.System, cancellationToken);
            return true;
        }
        catch (Exception problem) when (problem is TimeoutException or InvalidOperationException || DatabaseFailure.IsOutage(problem))
        {
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The lock of this server on its database is not to be had at this moment; tried again in seconds.")]
    private static partial void LogUnlocked(ILogger log);
}
