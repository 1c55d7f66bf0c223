using Fieldkeep.Server.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Blobs;

/// <summary>Clears what an earlier process left half-written, and deletes dropped blobs every ten minutes.</summary>
internal sealed partial class SweepDroppedBlobs(BlobStore blobs, DroppedBlobs dropped, ILogger<SweepDroppedBlobs> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        blobs.ClearStaging();
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Every, stoppingToken).ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            try
            {
                await dropped.SweepAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Nobody waits for it: it is told to the operator, and tried again.
            catch (Exception problem)
#pragma warning restore CA1031
            {
                LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "files that nothing means any more were not deleted ({Failure} {Code}); it is tried again in ten minutes")]
    private static partial void LogFailed(ILogger log, string failure, string? code);
}
