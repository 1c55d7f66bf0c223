namespace Fieldkeep.Server.Answers;

/// <summary>
/// The places in which filters are asked, of all requests together: a piece needs a core and some megabytes, and phones need cores
/// too. Who waits for one is served in order of arrival and holds nothing meanwhile.
/// </summary>
internal sealed class MatchPlaces : IDisposable
{
    /// <summary>As many as keep the cores busy.</summary>
    public static readonly int Most = Environment.ProcessorCount + 1;

    private readonly SemaphoreSlim _free = new(Most);

    /// <summary>Waits for a place.</summary>
    public Task EnterAsync(CancellationToken cancellationToken) => _free.WaitAsync(cancellationToken);

    /// <summary>Takes a place if one is free and nobody waits for it.</summary>
    public bool TryEnter() => _free.Wait(TimeSpan.Zero, CancellationToken.None);

    /// <summary>Leaves a place.</summary>
    public void Leave() => _free.Release();

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();
}
