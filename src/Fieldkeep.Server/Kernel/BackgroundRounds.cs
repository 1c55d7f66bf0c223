using Microsoft.Extensions.Hosting;

namespace Fieldkeep.Server.Kernel;

/// <summary>
/// Work that is done in rounds until the server stops. One round at a time, whoever asks for it; one that fails is told, and the next comes
/// nevertheless.
/// </summary>
/// <param name="every">The pause after a round.</param>
internal abstract class BackgroundRounds(TimeSpan every) : BackgroundService, IWatchedLoop
{
    // What fails for a moment, as while a database is started anew, must not count as failing for an hour because the next round is that far.
    private static readonly TimeSpan SoonAgain = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _one = new(1);
    private readonly RoundWatch _watch = new();

    // Whether one of the things that the running round does failed.
    private volatile bool _hasFailed;

    /// <inheritdoc/>
    public TimeSpan? FailingFor => _watch.FailingFor;

    /// <summary>The pause before the first round.</summary>
    protected virtual TimeSpan First => TimeSpan.Zero;

    /// <summary>The pause after a round that failed: a minute at most, unless a room says otherwise.</summary>
    protected virtual TimeSpan AfterFailure => every < SoonAgain ? every : SoonAgain;

    /// <summary>Does one round.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => AloneAsync(RoundAsync, cancellationToken);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    /// <summary>Does something that no round may be done beside.</summary>
    protected async Task AloneAsync(Func<CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await act(cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Does a round whose time has come, if it is this server's to do.</summary>
    /// <returns>False when it was cut off, or could not begin: it counts as one that failed.</returns>
    protected virtual async Task<bool> InTurnAsync(Func<CancellationToken, Task> round, CancellationToken cancellationToken)
    {
        await round(cancellationToken);
        return true;
    }

    /// <summary>What a round does.</summary>
    protected abstract Task RoundAsync(CancellationToken cancellationToken);

    /// <summary>Tells the operator that a round failed.</summary>
    protected abstract void Tell(Exception problem);

    /// <summary>Does one thing of a round, so that one that fails keeps no other from its end.</summary>
    /// <returns>Whether it was done; what failed was told.</returns>
    protected async Task<bool> TryAsync(Func<Task> act, CancellationToken cancellationToken)
    {
        try
        {
            await act();
            _watch.Move();
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Nobody waits for it: it is told to the operator, and tried again.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            _hasFailed = true;
            Tell(problem);
            return false;
        }
    }

    /// <summary>Lets the round count as one that failed, although what failed is tried again later.</summary>
    protected void NoteFailed() => _hasFailed = true;

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = First;
        while (await RestAsync(pause, stoppingToken))
        {
            try
            {
                _hasFailed = false;
                _watch.Move();
                var isWhole = false;
                await TryAsync(async () => isWhole = await InTurnAsync(RunAsync, stoppingToken), stoppingToken);
                _watch.End(isWhole && !_hasFailed);
                pause = isWhole ? every : AfterFailure;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    // False when the server stops meanwhile.
    private static async Task<bool> RestAsync(TimeSpan pause, CancellationToken stoppingToken)
    {
        await Task.Delay(pause, stoppingToken).ContinueWith(
            _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return !stoppingToken.IsCancellationRequested;
    }
}
