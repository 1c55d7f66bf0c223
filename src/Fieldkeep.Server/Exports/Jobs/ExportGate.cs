using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports.Jobs;

/// <summary>
/// Lets a few downloads be made at once, so that phones always find a core and a connection, and only some of them for one person, so
/// that others find a place. Exports in the background have their own turn and never wait behind a slow client.
/// </summary>
internal sealed class ExportGate : IDisposable
{
    /// <summary>The most downloads of one person at once; those by links count for who made the link.</summary>
    public const int MostOfOne = 2;

    // Each takes both cores while it runs; more at once only make each slower.
    private const int AtOnce = 4;

    private const int MostWaiting = 8;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _free = new(AtOnce);
    private readonly PlacesOfEach _people = new(MostOfOne, MostWaiting, LongestWait);
    private readonly PlacesOfEach _links = new(most: 1, MostWaiting, LongestWait);

    /// <summary>Enters when there is room; disposing what is returned leaves.</summary>
    /// <param name="link">The export link it is fetched by, which has one place; null when the actor asks.</param>
    /// <exception cref="ProblemException"><c>export.busy</c>.</exception>
    public async Task<IDisposable> EnterAsync(Actor actor, long? link, CancellationToken cancellationToken)
    {
        var place = new Place(_free);
        try
        {
            if (link is { } id)
            {
                place.OfLink = await _links.TryEnterAsync($"{id}", cancellationToken) ?? throw ExportProblems.BusyForOne(1);
            }

            place.OfPerson = await _people.TryEnterAsync($"{actor.Kind} {actor.Id}", cancellationToken) ?? throw ExportProblems.BusyForOne(MostOfOne);
            place.IsIn = await _free.WaitAsync(LongestWait, cancellationToken) ? true : throw ExportProblems.Busy();
            return place;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    private sealed class Place(SemaphoreSlim free) : IDisposable
    {
        public IDisposable? OfLink { get; set; }

        public IDisposable? OfPerson { get; set; }

        public bool IsIn { get; set; }

        public void Dispose()
        {
            if (IsIn)
            {
                free.Release();
            }

            OfPerson?.Dispose();
            OfLink?.Dispose();
        }
    }
}
