using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Database.Servers;

/// <summary>
/// Keeps a database for one process. Two data directories are two keyrings and two journals; on one database each would lose what is the other's (decision 0050).
/// </summary>
/// <remarks>
/// By two things, of which either alone would not do. A lock ends with its process at once, however that ends, so that nobody waits after a crash; but it is free
/// in a copy that takes over, while its holder still runs. A lease is a row and goes along with the data; but it runs out while its holder merely hangs.
/// Several that share one folder for keys and files have both together: towards everybody else they are one.
/// </remarks>
internal sealed partial class DatabaseHold(Db db, LeaseRows leases, OwnServer own, ILogger<DatabaseHold> log) : IAsyncDisposable
{
    private const string TryLock = "select pg_try_advisory_lock(7224010090)";

    // Beside others that hold it the same way, and beside nobody who wants the database alone.
    private const string TryShare = "select pg_try_advisory_lock_shared(7224010090)";

    // A machine that is gone sends no end of its connection: without these, PostgreSQL would keep the lock for hours.
    private const string EndWithMachine = "set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3; set tcp_user_timeout = 11000";
    private const string Ping = "select 1";

    // What hangs is not waited for on its way out either.
    private static readonly TimeSpan ToClose = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    private Session? _session;
    private long? _epoch;
    private bool _isPrivate;
    private bool _isUnlockedTold;

    // The lease of another run of this name that was found instead of the own one.
    private LeaseRow? _doubt;

    /// <summary>For how long a database is waited for whose lock or lease another process left, such as one that was killed: longer than a lease runs.</summary>
    public TimeSpan ForOwn { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>For how long the connection of the lock may be silent. What goes by leases waits meanwhile.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Whether the database's cluster lies in the data directory.</summary>
    public bool IsPrivate => _isPrivate;

    /// <summary>Whether this process has the database, by its lease.</summary>
    public bool IsHeld => _epoch is not null && !IsLost && !IsInDoubt;

    /// <summary>Whether the lease is another run's of the same name: a remnant in a database that was set back, unless that run renews it.</summary>
    public bool IsInDoubt => _doubt is not null;

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
            var other = isPrivate ? null : await FindOtherAsync(cancellationToken);
            if (session is not null && other is null)
            {
                (_session, _isPrivate) = (session, isPrivate);
                return;
            }

            var isFree = session is not null;
            await (session?.DisposeAsync() ?? ValueTask.CompletedTask);
            var waited = TimeProvider.System.GetElapsedTime(begun);
            if ((other is not null && !isFree) || waited >= ForOwn)
            {
                throw ServedElsewhereException.OnlyOne(other);
            }

            // The lock of a process that was killed just now goes when its PostgreSQL notices; its lease runs out.
            if (!isFree && !own.IsOneOfSeveral && waited >= ForOwn / 4 && await LeaseRows.EndFormerAsync(db, own.Name, cancellationToken) > 0)
            {
                LogEnded(log);
            }

            await Task.Delay(LookAgain, cancellationToken);
        }
    }

    /// <summary>
    /// Says so in the database, once it is migrated; nothing when it was not taken. A row that is locked at this moment, such as by what a former process of this server
    /// left, is waited for.
    /// </summary>
    /// <exception cref="ServedElsewhereException">Another was faster.</exception>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        if (_session is not null && own.IsOneOfSeveral)
        {
            _epoch = await JoinAsync(cancellationToken);
            return;
        }

        for (var begun = TimeProvider.System.GetTimestamp(); _session is not null; await Task.Delay(LookAgain, cancellationToken))
        {
            _epoch = await leases.TakeAsync(LeaseRows.Serving, begins: true, _isPrivate, cancellationToken);
            if (_epoch is not null)
            {
                return;
            }

            var found = await leases.GetAsync(LeaseRows.Serving, cancellationToken);
            if ((found.IsHeld && found.Server != own.Name) || TimeProvider.System.GetElapsedTime(begun) >= ForOwn)
            {
                throw ServedElsewhereException.OnlyOne(found.Server);
            }
        }
    }

    /// <summary>Looks whether this process still has the database, and renews its lease.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (_epoch is not { } epoch || IsLost)
        {
            return;
        }

        // A database that was set back knows an earlier number, and what it says of who serves is from then.
        var mine = await leases.RenewAsync(LeaseRows.Serving, epoch, cancellationToken)
            ? epoch
            : own.IsOneOfSeveral
                ? await TryJoinAsync(begins: false, cancellationToken)
                : await leases.TakeAsync(LeaseRows.Serving, begins: false, isForced: _isPrivate, cancellationToken);
        if (mine is not null)
        {
            (_epoch, _doubt) = (mine, null);
            return;
        }

        // Another process of the same name is another all the same, where somebody copied the folder: it renews its lease, which a remnant does not.
        var found = await leases.GetAsync(LeaseRows.Serving, cancellationToken);
        if (own.IsOneOfSeveral)
        {
            // Another of them may be taking it at this moment.
            IsLost = found.IsHeld && found.Server != own.ServingName;
            return;
        }

        // A row that is only locked at this moment, or of this very run, is nobody else's; and a private cluster is this process's, whatever its rows say.
        IsLost = !_isPrivate && found.Run != own.Run && found.IsHeld
            && (found.Server != own.Name || (_doubt is { } before && (found.Run != before.Run || found.Until != before.Until)));
        _doubt = found;
    }

    /// <summary>Looks whether the connection of the lock is alive, and takes the lock again where it is not. Who serves says the lease meanwhile.</summary>
    /// <returns>Whether it was alive: else this may have taken seconds, up to twice <see cref="Patience"/>.</returns>
    public async Task<bool> KeepLockAsync(CancellationToken cancellationToken)
    {
        if (!IsHeld)
        {
            return true;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(Patience);
        try
        {
            if (_session is { } session)
            {
                await session.GetAsync<int>(Ping, null, end.Token);
                return true;
            }
        }
#pragma warning disable CA1031 // Whatever is wrong with it: another is made.
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            await CloseAsync();
        }

        try
        {
            _session = await TryLockAsync(end.Token);
        }
#pragma warning disable CA1031 // Such as no connection left: tried again in seconds.
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            _session = null;
        }

        if (_session is null)
        {
            // Its own connection of before may not be noticed as gone yet.
            if (!_isUnlockedTold)
            {
                _isUnlockedTold = true;
                LogUnlocked(log);
            }
        }
        else
        {
            _isUnlockedTold = false;
        }

        return false;
    }

    /// <summary>Lets go of it in order.</summary>
    public async Task LetGoAsync(CancellationToken cancellationToken)
    {
        // One of several leaves it to the others; if there are none, it runs out.
        if (_epoch is not null && !IsLost && !own.IsOneOfSeveral)
        {
            _epoch = null;
            await leases.LetGoAsync(LeaseRows.Serving, cancellationToken);
        }

        await DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await CloseAsync();

    // Forgotten before it is closed: one that does not close keeps nobody from making another.
    private async Task CloseAsync()
    {
        var gone = _session;
        _session = null;
        try
        {
            await (gone?.DisposeAsync().AsTask() ?? Task.CompletedTask).WaitAsync(ToClose, TimeProvider.System, CancellationToken.None);
        }
#pragma warning disable CA1031 // It is closed, or its PostgreSQL notices that nobody is there.
        catch (Exception)
#pragma warning restore CA1031
        {
            LogUnclosed(log);
        }
    }

    private async Task<string?> FindOtherAsync(CancellationToken cancellationToken) =>
        await LeaseRows.FindServingAsync(db, cancellationToken) is { } server && server != own.ServingName ? server : null;

    private async Task<long> JoinAsync(CancellationToken cancellationToken)
    {
        for (var begun = TimeProvider.System.GetTimestamp(); ;)
        {
            if (await TryJoinAsync(begins: true, cancellationToken) is { } epoch)
            {
                return epoch;
            }

            if (await FindOtherAsync(cancellationToken) is var other && (other is not null || TimeProvider.System.GetElapsedTime(begun) > Patience))
            {
                throw ServedElsewhereException.OnlyOne(other);
            }

            await Task.Delay(LookAgain, cancellationToken);
        }
    }

    // Null when somebody else has it, or another of the several takes it at this moment.
    private async Task<long?> TryJoinAsync(bool begins, CancellationToken cancellationToken)
    {
        var found = await leases.GetAsync(LeaseRows.Serving, cancellationToken);
        return found.IsHeld && found.Server == own.ServingName
            ? found.Epoch
            : await leases.TakeAsync(LeaseRows.Serving, begins, isForced: false, cancellationToken);
    }

    private async Task<Session?> TryLockAsync(CancellationToken cancellationToken)
    {
        var session = await db.OpenSessionAsync(cancellationToken);
        try
        {
            await session.ExecuteAsync(EndWithMachine, null, cancellationToken);
            if (await session.GetAsync<bool>(own.IsOneOfSeveral ? TryShare : TryLock, null, cancellationToken))
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

    [LoggerMessage(1, LogLevel.Warning, "The lock of this server on its database is not to be had at this moment; tried again in seconds.")]
    private static partial void LogUnlocked(ILogger log);

    [LoggerMessage(2, LogLevel.Warning, "The former process of this server is gone, and its connection still held the lock on the database: that connection was ended.")]
    private static partial void LogEnded(ILogger log);

    [LoggerMessage(3, LogLevel.Warning, "The connection with the lock of this server on its database did not close in order.")]
    private static partial void LogUnclosed(ILogger log);
}
