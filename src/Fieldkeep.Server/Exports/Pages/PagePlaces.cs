using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports.Pages;

/// <summary>
/// Lets one person read some pages at once, and fewer that search through answers: connections to the database and the cores are
/// everyone's, and phones need them first.
/// </summary>
internal sealed class PagePlaces
{
    /// <summary>The most pages of one person at once: half of the connections that streams have.</summary>
    public const int MostPagesOfOne = 4;

    /// <summary>The most searches of one person at once.</summary>
    public const int MostSearchesOfOne = 2;

    /// <summary>How many more of one person may wait for each.</summary>
    public const int MostWaiting = 8;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly PlacesOfEach _pages = new(MostPagesOfOne, MostWaiting, LongestWait);
    private readonly PlacesOfEach _searches = new(MostSearchesOfOne, MostWaiting, LongestWait);

    /// <summary>Enters to read a page; disposing what is returned leaves.</summary>
    /// <exception cref="ProblemException"><c>query.too_many</c>.</exception>
    public async Task<IDisposable> BeginPageAsync(Actor actor, CancellationToken cancellationToken) =>
        await _pages.TryEnterAsync(KeyOf(actor), cancellationToken) ?? throw ExportProblems.TooManyQueries();

    /// <summary>Enters to search through answers, if that is asked; disposing what is returned leaves.</summary>
    /// <exception cref="ProblemException"><c>query.too_many</c>.</exception>
    public async Task<IDisposable?> BeginSearchAsync(Actor actor, bool isSearch, CancellationToken cancellationToken) => isSearch
        ? await _searches.TryEnterAsync(KeyOf(actor), cancellationToken) ?? throw ExportProblems.TooManyQueries()
        : null;

    private static string KeyOf(Actor actor) => $"{actor.Kind} {actor.Id}";
}
