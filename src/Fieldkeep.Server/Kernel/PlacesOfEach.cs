namespace Fieldkeep.Server.Kernel;

/// <summary>
/// Gives each of many callers so many places of their own, first come first served, so that no one of them takes what all need.
/// </summary>
/// <param name="most">Places of one caller.</param>
/// <param name="mostWaiting">How many of one caller's may wait; a further one is refused at once.</param>
/// <param name="longestWait">How long one waits.</param>
internal sealed class PlacesOfEach(int most, int mostWaiting, TimeSpan longestWait)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Places> _known = new(StringComparer.Ordinal);

    /// <summary>Enters when the caller has a place; disposing what is returned leaves. Null when there was none in time.</summary>
    public async Task<IDisposable?> TryEnterAsync(string caller, CancellationToken cancellationToken)
    {
        if (FindFor(caller) is not { } places)
        {
            return null;
        }

        var isIn = false;
        try
        {
            isIn = await places.Free.WaitAsync(longestWait, cancellationToken);
            return isIn ? new Place(this, caller, places) : null;
        }
        finally
        {
            if (!isIn)
            {
                Forget(caller, places);
            }
        }
    }

    private Places? FindFor(string caller)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(caller, out var places))
            {
                _known[caller] = places = new Places(new SemaphoreSlim(most));
            }
            else if (places.Callers >= most + mostWaiting)
            {
                return null;
            }

            places.Callers++;
            return places;
        }
    }

    // Who has gone is not remembered: there may be very many callers.
    private void Forget(string caller, Places places)
    {
        lock (_gate)
        {
            if (--places.Callers == 0)
            {
                _known.Remove(caller);
                places.Free.Dispose();
            }
        }
    }

    private sealed class Places(SemaphoreSlim free)
    {
        public SemaphoreSlim Free => free;

        public int Callers { get; set; }
    }

    private sealed class Place(PlacesOfEach all, string caller, Places places) : IDisposable
    {
        public void Dispose()
        {
            places.Free.Release();
            all.Forget(caller, places);
        }
    }
}
