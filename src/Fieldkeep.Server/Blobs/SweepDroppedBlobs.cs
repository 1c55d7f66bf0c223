using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Blobs;

/// <summary>
/// Clears what an earlier process left half-written, and deletes dropped blobs every ten minutes. Each round looks through one of the 256 folders
/// for files that no row names, the next by the clock: all of them in less than two days.
/// </summary>
internal sealed partial class SweepDroppedBlobs(
    BlobStore blobs, DroppedBlobs dropped, StrayBlobs strays, TimeProvider clock, LeaderLease leader, ILogger<SweepDroppedBlobs> log)
    : LeaderRounds(Every, leader)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        blobs.ClearStaging();
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override TimeSpan First => Every;

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        await dropped.SweepAsync(cancellationToken);
        await strays.FindAsync((byte)(clock.GetUtcNow().Ticks / Every.Ticks % 256), cancellationToken);
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    [LoggerMessage(1, LogLevel.Warning, "files that nothing means any more were not deleted ({Failure} {Code}); it is tried again soon")]
    private static partial void LogFailed(ILogger log, string failure, string? code);
}
