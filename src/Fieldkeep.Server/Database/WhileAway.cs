using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Database;

/// <summary>
/// Lets the door for submissions, and nothing else, go by kept rows while the database is away: they are seconds old when it goes, and good for three days
/// (decision 0045).
/// </summary>
internal sealed class WhileAway(TimeProvider clock)
{
    /// <summary>Older rows are not gone by: 72 hours.</summary>
    public static readonly TimeSpan LongestAge = TimeSpan.FromHours(72);

    // A database that does not answer is not asked for every row of a request.
    private static readonly TimeSpan AsksAgain = TimeSpan.FromSeconds(1);

    // What was read out of kept rows is remembered for two seconds.
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);

    // They are read every five seconds; when that fails while the database answers, they are not the last word.
    private static readonly TimeSpan ReadAnew = TimeSpan.FromMinutes(1);

    private static readonly AsyncLocal<bool> Door = new();

    private long? _awayAt;
    private long? _lastUse;
    private DateTimeOffset? _heardAt;
    private DateTimeOffset? _at;

    /// <summary>When the kept rows were read; null when there are none.</summary>
    public DateTimeOffset? At
    {
        get => _at;
        set => _at = value;
    }

    /// <summary>When the rows were read that this request may have gone by; null when the database itself was asked.</summary>
    public DateTimeOffset? UsedAt => IsOpen && _lastUse is { } use && clock.GetElapsedTime(use) < Remembered ? _at : null;

    /// <summary>
    /// Whether the kept rows may be gone by, in a request at the door: they are young enough, and were read anew until the database was heard last.
    /// </summary>
    public bool IsOpen => Door.Value && _at is { } at && clock.GetUtcNow() - at < LongestAge && !(at < _heardAt - ReadAnew);

    /// <summary>Says of the rest of this request that it brings a submission.</summary>
    public static void Enter() => Door.Value = true;

    /// <summary>Asks the database, or the kept rows when it is away.</summary>
    /// <exception cref="System.Data.Common.DbException">It is away, and this is no request at the door.</exception>
    public async ValueTask<T> AskAsync<T>(Func<Task<T>> database, Func<T> kept)
    {
        if (!IsOpen)
        {
            return await database();
        }

        if (_awayAt is { } away && clock.GetElapsedTime(away) < AsksAgain)
        {
            _lastUse = clock.GetTimestamp();
            return kept();
        }

        try
        {
            var found = await database();
            (_awayAt, _heardAt) = (null, clock.GetUtcNow());
            return found;
        }
        catch (Exception outage) when (DatabaseFailure.IsOutage(outage))
        {
            _awayAt = _lastUse = clock.GetTimestamp();
            return kept();
        }
    }

    /// <summary>Refuses what is not kept, as when the database is away for everyone.</summary>
    public static ProblemException Unavailable() => new(
        "database.unavailable", 503, "The server cannot reach its database at this moment. Try again soon; nothing you sent before is lost.")
    {
        RetryAfter = TimeSpan.FromSeconds(10),
    };

    /// <summary>Notes something that may be left out, such as when somebody was seen last.</summary>
    public async ValueTask TryAsync(Func<Task> note) =>
        await AskAsync(
            async () =>
            {
                await note();
                return true;
            },
            () => false);
}
