using Microsoft.Extensions.Hosting;

namespace Fieldkeep.Server.Kernel;

/// <summary>
/// Work that is done in rounds until the server stops. One round at a time, whoever asks for it; one that fails is told, and the next comes
/// nevertheless.
/// </summary>
/// <param name="every">The pause after a round.</param>
internal abstract class BackgroundRounds(TimeSpan every) : BackgroundService
{
    private readonly SemaphoreSlim _one = new(1);

    // When the first failed of those that failed since one succeeded; 0 when the last did not fail.
    private long _failedFirst;

    /// <summary>For how long every round has failed; null when the last one did not.</summary>
    public TimeSpan? FailingFor =>
        Interlocked.Read(ref _failedFirst) is not 0 and var first ? TimeProvider.System.GetElapsedTime(first) : null;

    /// <summary>The pause before the first round.</summary>
    protected virtual TimeSpan First => TimeSpan.Zero;

    /// <summary>The pause after a round that failed.</summary>
    protected virtual TimeSpan AfterFailure => every;

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
            Tell(problem);
            return false;
        }
    }

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = First;
        while (await RestAsync(pause, stoppingToken))
        {
            try
            {
                var isDone = await TryAsync(() => RunAsync(stoppingToken), stoppingToken);
                Note(isDone);
                pause = isDone ? every : AfterFailure;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Note(bool isDone)
    {
        if (isDone)
        {
            Interlocked.Exchange(ref _failedFirst, 0);
        }
        else
        {
            Interlocked.CompareExchange(ref _failedFirst, TimeProvider.System.GetTimestamp(), 0);
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
