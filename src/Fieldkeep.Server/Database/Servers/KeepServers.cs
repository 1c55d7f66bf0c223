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

        await hold.LookAsync(cancellationToken);
        if (hold.IsLost || !await rows.SayAsync(cancellationToken))
        {
            _isReplaced = true;
            LogReplaced(log);
            await leader.LetGoAsync(cancellationToken);
            life.StopApplication();
            return;
        }

        await leader.RenewAsync(cancellationToken);
        _isTold = false;
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
