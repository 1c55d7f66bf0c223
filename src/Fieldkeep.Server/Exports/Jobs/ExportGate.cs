using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports.Jobs;

/// <summary>
/// Lets a few downloads be made at once, so that phones always find a core and a connection. Exports in the background
/// have their own turn and never wait behind a slow client.
/// </summary>
internal sealed class ExportGate : IDisposable
{
    // Each takes both cores while it runs; more at once only make each slower.
    private const int AtOnce = 4;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _free = new(AtOnce);

    /// <summary>Enters when there is room; disposing what is returned leaves.</summary>
    /// <exception cref="ProblemException"><c>export.busy</c>.</exception>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken) =>
        await _free.WaitAsync(LongestWait, cancellationToken) ? new Place(_free) : throw ExportProblems.Busy();

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    private sealed class Place(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}
