using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Lifecycle.Trash;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Lifecycle;

/// <summary>Does every few minutes what was begun and not finished, and what is due by the clock.</summary>
internal sealed partial class DoDueWork(
    ClockGuard guard, IEnumerable<BegunWork> begun, IEnumerable<DueWork> due, DroppedBlobs dropped, DueSignal signal, ILogger<DoDueWork> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Does one round. What fails keeps nothing else from being done.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await FinishAsync(cancellationToken);
            if (await guard.IsBelievedAsync(cancellationToken))
            {
                foreach (var work in due.OrderBy(one => one.Order))
                {
                    await TryAsync(work.RunAsync, cancellationToken);
                }

                await TryAsync(async token => await dropped.SweepAsync(token), cancellationToken);
            }
            else
            {
                LogWaits(log);
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
            await TryAsync(RunAsync, stoppingToken);
            while (!stoppingToken.IsCancellationRequested && await IsWokenAsync(stoppingToken))
            {
                await TryAsync(BegunAsync, stoppingToken);
            }
        }
    }

    private async Task<bool> IsWokenAsync(CancellationToken stoppingToken)
    {
        try
        {
            return await signal.WaitAsync(Every, stoppingToken);
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

    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        foreach (var work in begun.OrderBy(one => one.Order))
        {
            await TryAsync(work.RunAsync, cancellationToken);
        }
    }

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server stops: the next start goes on.
        }
#pragma warning disable CA1031 // Nobody waits for it: it is told to the operator, and tried again.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));
        }
    }

    [LoggerMessage(1, LogLevel.Error, "what is due to be deleted could not be ({Failure} {Code}); it is tried again in five minutes")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(2, LogLevel.Warning, "the clock jumped, the server was off for days, or a backup was restored: nothing is deleted by the clock for a day, after a restore for a week. Mend the clock if it is wrong; place holds again that were placed after the backup, and look through the trash")]
    private static partial void LogWaits(ILogger log);
}

/// <summary>Something that people ordered and that must come to its end, whatever the clock says.</summary>
/// <param name="Order">Which goes first.</param>
/// <param name="RunAsync">Does one round.</param>
internal sealed record BegunWork(int Order, Func<CancellationToken, Task> RunAsync);
