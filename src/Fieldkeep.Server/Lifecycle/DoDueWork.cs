using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Lifecycle.Trash;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Lifecycle;

/// <summary>Does every few minutes what was begun and not finished, and what is due by the clock; of several servers, the one that leads.</summary>
internal sealed partial class DoDueWork(
    ClockGuard guard, IEnumerable<BegunWork> begun, IEnumerable<DueWork> due, DroppedBlobs dropped, DueSignal signal, TimeProvider clock, LeaderLease leader,
    ILogger<DoDueWork> log)
    : BackgroundService, IWatchedLoop
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    // After what was cut off, or found no lease: that lasts for seconds.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _one = new(1);
    private readonly RoundWatch _watch = new();
    private volatile bool _hasFailed;

    /// <inheritdoc/>
    public TimeSpan? FailingFor => _watch.FailingFor;

    /// <summary>Does one round. What fails keeps nothing else from being done.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (!await FinishAsync(cancellationToken))
            {
                return;
            }

            // Each takes its time: the clock is looked at before every one.
            foreach (var work in due.OrderBy(one => one.Order).Append(new DueWork(int.MaxValue, async token => await dropped.SweepAsync(token))))
            {
                if (!await guard.IsBelievedAsync(cancellationToken))
                {
                    LogWaits(log);
                    return;
                }

                await TryAsync(work.RunAsync, cancellationToken);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var since = clock.GetTimestamp();
            _hasFailed = false;
            var isWhole = await LeadAsync(RunAsync, stoppingToken);

            // However often somebody wakes it, the clock's work has its turn.
            while (!stoppingToken.IsCancellationRequested
                && (isWhole ? Every : Soon) - clock.GetElapsedTime(since) is { Ticks: > 0 } left && await IsWokenAsync(left, stoppingToken))
            {
                isWhole &= await LeadAsync(BegunAsync, stoppingToken);
            }
        }
    }

    // False when nobody is known to have done it; what failed on its way is told, and tried again in its time.
    private async Task<bool> LeadAsync(Func<CancellationToken, Task> act, CancellationToken stoppingToken)
    {
        _watch.Move();
        var isWhole = true;
        await TryAsync(async token => isWhole = await leader.RunAsync(act, token), stoppingToken);
        _watch.End(isWhole && !_hasFailed);
        return isWhole;
    }

    private async Task<bool> IsWokenAsync(TimeSpan within, CancellationToken stoppingToken)
    {
        try
        {
            return await signal.WaitAsync(within, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // What somebody waits for, without what goes by the clock.
    private async Task BegunAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await FinishAsync(cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<bool> FinishAsync(CancellationToken cancellationToken)
    {
        foreach (var work in begun.OrderBy(one => one.Order))
        {
            if (!await TryAsync(work.RunAsync, cancellationToken) && work.MustSucceed)
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
            _watch.Move();
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server stops: the next start goes on.
        }
#pragma warning disable CA1031 // Nobody waits for it: it is told to the operator, and tried again.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            _hasFailed = true;
            LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));
        }

        return false;
    }

    [LoggerMessage(1, LogLevel.Error, "what is due to be deleted could not be ({Failure} {Code}); it is tried again in five minutes")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(2, LogLevel.Warning, "the clock jumped, the server was off for days, or a backup was restored: nothing is deleted by the clock for a day, after a restore for a week. Mend the clock if it is wrong, and look through the trash; holds placed after the backup stand again by themselves")]
    private static partial void LogWaits(ILogger log);
}
