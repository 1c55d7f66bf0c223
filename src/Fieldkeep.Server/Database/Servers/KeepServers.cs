using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Database.Servers;

/// <summary>
/// Says every five seconds that this server is there, and keeps its leases. It begins before all other work in the background, and ends after it. A server that was
/// replaced stops.
/// </summary>
internal sealed partial class KeepServers(
    ServerRows rows, DatabaseHold hold, LeaderLease leader, HeardServers heard, SharedFolder shared, OwnServer own, IHostApplicationLifetime life, ILogger<KeepServers> log) : BackgroundRounds(TimeSpan.FromSeconds(5))
{
    // Whoever stops does not wait for a database that is away.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const int LooksAtRemnant = 3;

    private volatile bool _isReplaced;
    private bool _hasEntered;
    private bool _isTold;

    // A run with another folder that was told of.
    private Guid? _stranger;

    // The row of another run of this name as it was found last, and in how many rounds it has not moved.
    private OwnRow? _replacedBy;
    private int _replacing;

    /// <summary>Whether another process has taken this server's place.</summary>
    public bool IsReplaced => _isReplaced;

    /// <inheritdoc/>
    protected override TimeSpan First => TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken);
        await leader.RenewAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Says that this server is there, once; one of several proves before that it has the folder of the others, and does so before it stores anything.</summary>
    /// <exception cref="ServedElsewhereException">It has another, or another server has the database.</exception>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        if (_hasEntered)
        {
            return;
        }

        await hold.EnterAsync(cancellationToken);
        await shared.SignAsync(cancellationToken);
        await rows.EnterAsync(cancellationToken);
        await shared.RequireSharedAsync(cancellationToken);
        if (hold.IsPrivate)
        {
            await rows.ForgetOthersAsync(cancellationToken);
        }

        _hasEntered = true;
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (shared.IsForked && !shared.KeepAside())
        {
            LogNowhere(log);
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(Patience);
        try
        {
            if (!_isReplaced)
            {
                await leader.LetGoAsync(end.Token);
                await rows.LeaveAsync(end.Token);
            }

            await hold.LetGoAsync(end.Token);
        }
#pragma warning disable CA1031 // Stopping goes on: what was not let go of ends by itself in seconds.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            Tell(problem);
        }
    }

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        if (_isReplaced)
        {
            return;
        }

        if (shared.IsForked)
        {
            await EndForkedAsync(cancellationToken);
            return;
        }

        // First: whoever lost the database leads nothing from here on.
        await hold.LookAsync(cancellationToken);
        if (hold.IsLost || (own.IsOneOfSeveral && await rows.IsLaterAsync(cancellationToken)))
        {
            await GiveWayAsync(cancellationToken);
            return;
        }

        await leader.RenewAsync(cancellationToken);
        if (!hold.IsInDoubt && !await rows.SayAsync(cancellationToken))
        {
            if (!hold.IsHeld)
            {
                await GiveWayAsync(cancellationToken);
                return;
            }

            // The database was set back to an earlier run of this server: who serves says the lease, which is here. Of several servers it says nothing.
            if (!own.IsOneOfSeveral || await IsRemnantAsync(cancellationToken))
            {
                await rows.EnterAsync(cancellationToken);
            }
            else if (_replacing == 0)
            {
                await GiveWayAsync(cancellationToken);
                return;
            }
        }
        else
        {
            (_replacedBy, _replacing) = (null, 0);
        }

        if (!await hold.KeepLockAsync(cancellationToken))
        {
            // That took its time, and what is led goes by seconds.
            await leader.RenewAsync(cancellationToken);
        }

        var all = await rows.ListAsync(cancellationToken);
        heard.Note(all.Count(one => one.IsHeard));
        if (shared.FindStranger(all) is { } stranger)
        {
            await MeetAsync(stranger, all, cancellationToken);
        }

        _isTold = false;
    }

    // What is sealed from here on another may not be able to open. But memory may be the last place that some keys are in: then this process stays, and its doors are closed.
    private async Task EndForkedAsync(CancellationToken cancellationToken)
    {
        if (shared.KeepAside())
        {
            LogForked(log);
            await GiveWayAsync(cancellationToken);
            return;
        }

        LogNowhere(log);
        await leader.LetGoAsync(cancellationToken);
    }

    // Two folders on one database: the one that came to it later has what the other lacks for the shorter time, and ends.
    private async Task MeetAsync(ServerRow stranger, IReadOnlyList<ServerRow> all, CancellationToken cancellationToken)
    {
        if (_stranger != stranger.Run)
        {
            _stranger = stranger.Run;
            LogStranger(log, stranger.Name);
        }

        if (all.FirstOrDefault(one => one.Run == own.Run) is { } self
            && (self.StartedAt, self.Name).CompareTo((stranger.StartedAt, stranger.Name)) > 0)
        {
            await GiveWayAsync(cancellationToken);
        }
    }

    // A row of another run of this name that does not move is from before; one that moves is written by a copy of this server's folder.
    private async Task<bool> IsRemnantAsync(CancellationToken cancellationToken)
    {
        var found = await rows.FindOwnAsync(cancellationToken);
        _replacing = _replacedBy is null || found?.IsSameAs(_replacedBy) == true ? _replacing + 1 : 0;
        _replacedBy = found;
        if (_replacing < LooksAtRemnant)
        {
            return false;
        }

        (_replacedBy, _replacing) = (null, 0);
        return true;
    }

    private async Task GiveWayAsync(CancellationToken cancellationToken)
    {
        _isReplaced = true;
        LogGivesWay(log);

        // The doors first: what comes in by them would go where another keyring is. What is led ends at once, whether the database hears of it or not.
        life.StopApplication();
        await leader.LetGoAsync(cancellationToken);
    }

    // Once for as long as it lasts: a database that is gone is told of by others, too.
    /// <inheritdoc/>
    protected override void Tell(Exception problem)
    {
        if (!_isTold)
        {
            _isTold = true;
            LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "This server could not tell the database that it is there ({Failure} {Code}); tried again in seconds.")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(2, LogLevel.Critical, "Another server has this database, which this one may not serve beside it. This one stops.")]
    private static partial void LogGivesWay(ILogger log);

    [LoggerMessage(3, LogLevel.Critical, "The server {Name} is on this database with another folder for keys and files, or a copy: what each stores the other lacks. Whichever of both began later stops. Keep both folders.")]
    private static partial void LogStranger(ILogger log, string name);

    [LoggerMessage(4, LogLevel.Critical, "The keyring in the folder that servers share went another way than this server, or back. What this server had lies beside it, or in its data directory. Stop all servers, and keep all files of it.")]
    private static partial void LogForked(ILogger log);

    [LoggerMessage(5, LogLevel.Critical, "The keyring in the folder that servers share went another way than this server, or back, and what this server had can be written nowhere: some keys may be in its memory alone. It lets nobody in. Do not end or seal it: make room beside the keyring or in its data directory, or make one of them writable; it tries again each five seconds. Stop all other servers.")]
    private static partial void LogNowhere(ILogger log);
}
