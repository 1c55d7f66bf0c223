using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Database.Servers;

/// <summary>
/// Says every five seconds that this server is there, and keeps its leases. It begins before all other work in the background, and ends after it. A server that was
/// replaced stops.
/// </summary>
internal sealed partial class KeepServers(
    ServerRows rows, DatabaseHold hold, LeaderLease leader, IHostApplicationLifetime life, ILogger<KeepServers> log) : BackgroundRounds(TimeSpan.FromSeconds(5))
{
    // Whoever stops does not wait for a database that is away.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private volatile bool _isReplaced;
    private bool _isTold;

    /// <summary>Whether another process has taken this server's place.</summary>
    public bool IsReplaced => _isReplaced;

    /// <inheritdoc/>
    protected override TimeSpan First => TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await hold.EnterAsync(cancellationToken);
        await rows.EnterAsync(cancellationToken);
        if (hold.IsPrivate)
        {
            await rows.ForgetOthersAsync(cancellationToken);
        }

        await leader.RenewAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
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

        // First: whoever lost the database leads nothing from here on.
        await hold.LookAsync(cancellationToken);
        if (hold.IsLost)
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

            // The database was set back to an earlier run of this server: who serves says the lease, which is here.
            await rows.EnterAsync(cancellationToken);
        }

        if (!await hold.KeepLockAsync(cancellationToken))
        {
            // That took its time, and what is led goes by seconds.
            await leader.RenewAsync(cancellationToken);
        }

        _isTold = false;
    }

    private async Task GiveWayAsync(CancellationToken cancellationToken)
    {
        _isReplaced = true;
        LogReplaced(log);

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

    [LoggerMessage(2, LogLevel.Critical, "Another server has taken this database over, while this one did not reach it. This one stops.")]
    private static partial void LogReplaced(ILogger log);
}
