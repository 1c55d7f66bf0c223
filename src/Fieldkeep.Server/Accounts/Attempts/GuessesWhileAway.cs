using Fieldkeep.Server.Database.Servers;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>
/// Counts, in memory, the different passwords that were shown while the database is away and nobody's attempts can be counted there. Who has shown too many is
/// heard no more from that place, whatever they show: the right one is answered as the wrong ones are.
/// </summary>
/// <remarks>The same wrong password again is no further guess: a phone may go on asking.</remarks>
internal sealed class GuessesWhileAway(HeardServers heard, TimeProvider clock)
{
    // Places are of one account from one address, or of an address. About 600 bytes each at most, but for addresses: 30 MB under a flood, then the oldest half goes.
    private const int MostPlaces = 50_000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<string, DateTimeOffset>> _places = new(StringComparer.Ordinal);

    /// <summary>Gives how long a password is not heard; zero when it is.</summary>
    /// <param name="account">As compared.</param>
    /// <param name="address">Where it came from.</param>
    /// <param name="guess">Tells it from others.</param>
    public TimeSpan WaitOf(string account, string? address, string guess)
    {
        lock (_gate)
        {
            return PlacesOf(account, address).Max(place => WaitAt(place.Name, place.Most, guess));
        }
    }

    /// <summary>Counts one that could not be compared; gives how long it is not heard.</summary>
    /// <inheritdoc cref="WaitOf"/>
    public TimeSpan Count(string account, string? address, string guess)
    {
        lock (_gate)
        {
            var wait = PlacesOf(account, address).Max(place => WaitAt(place.Name, place.Most, guess));
            if (wait == TimeSpan.Zero)
            {
                MakeRoom();
                foreach (var (name, _) in PlacesOf(account, address))
                {
                    if (!_places.TryGetValue(name, out var guesses))
                    {
                        _places[name] = guesses = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
                    }

                    guesses[guess] = clock.GetUtcNow();
                }
            }

            return wait;
        }
    }

    private (string Name, int Most)[] PlacesOf(string account, string? address)
    {
        var from = CallerNetwork.AddressOf(address);
        return [($"pair {from} {account}", heard.ShareOf(LimitSets.PerAccountAndAddress)), ($"address {from}", heard.ShareOf(LimitSets.PerAddress))];
    }

    private TimeSpan WaitAt(string place, int most, string guess)
    {
        if (!_places.TryGetValue(place, out var guesses))
        {
            return TimeSpan.Zero;
        }

        var now = clock.GetUtcNow();
        foreach (var (old, _) in guesses.Where(one => one.Value <= now - Window).ToList())
        {
            guesses.Remove(old);
        }

        return guesses.Count < most || guesses.ContainsKey(guess) ? TimeSpan.Zero : guesses.Values.Min() + Window - now;
    }

    private void MakeRoom()
    {
        if (_places.Count < MostPlaces)
        {
            return;
        }

        var oldest = _places.OrderBy(place => place.Value.Count == 0 ? DateTimeOffset.MinValue : place.Value.Values.Max())
            .Take(MostPlaces / 2).Select(place => place.Key).ToList();
        oldest.ForEach(place => _places.Remove(place));
    }
}
