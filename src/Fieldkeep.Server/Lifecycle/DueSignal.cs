namespace Fieldkeep.Server.Lifecycle;

/// <summary>Wakes <see cref="DoDueWork"/> before its time.</summary>
internal sealed class DueSignal : IDisposable
{
    private readonly SemaphoreSlim _woken = new(0, 1);

    /// <summary>Wakes it; once for many calls.</summary>
    public void Wake()
    {
        try
        {
            _woken.Release();
        }
        catch (SemaphoreFullException)
        {
            // Woken already.
        }
    }

    /// <summary>Waits until it is time, or until somebody wakes it; says which.</summary>
    public Task<bool> WaitAsync(TimeSpan most, CancellationToken cancellationToken) => _woken.WaitAsync(most, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _woken.Dispose();
}
