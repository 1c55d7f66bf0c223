using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Database;

/// <summary>
/// Lets the door for submissions, and nothing else, go by kept rows while the database is away: they are seconds old when it goes, and good for three days
/// (decision 0045). A database that is busy is not away: whether it is there at all is asked by one at a time, for two seconds.
/// </summary>
internal sealed class WhileAway(Db db, TimeProvider clock)
{
    /// <summary>Older rows are not gone by: 72 hours.</summary>
    public static readonly TimeSpan LongestAge = TimeSpan.FromHours(72);

    /// <summary>The code of <see cref="Unavailable"/>.</summary>
    public const string UnavailableCode = "database.unavailable";

    // The network's own time, whatever the server's clock says.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AsksAgain = TimeSpan.FromSeconds(1);

    // They are read every five seconds; when that fails while the database answers, they are not the last word.
    private static readonly TimeSpan ReadAnew = TimeSpan.FromMinutes(1);

    private static readonly AsyncLocal<Visit?> Door = new();

    private readonly Lock _gate = new();
    private bool _isAway;
    private bool _mustWrite;
    private long _askedAt;
    private Task<bool>? _asking;
    private DateTimeOffset? _heardAt;
    private DateTimeOffset? _at;

    /// <summary>When the kept rows were read that this request went by; null when the database itself was asked.</summary>
    public static DateTimeOffset? UsedAt => Door.Value?.UsedAt;

    /// <summary>Whether this request went by kept rows: what it found out is remembered for no other.</summary>
    public static bool IsUsed => UsedAt is not null;

    /// <summary>When the kept rows were read; null when there are none.</summary>
    public DateTimeOffset? At
    {
        get
        {
            lock (_gate)
            {
                return _at;
            }
        }
    }

    /// <summary>Says of the rest of this request that it brings a submission.</summary>
    public static void Enter() => Door.Value = new Visit();

    /// <summary>Says of the rest of what the caller awaits that it goes by the database alone.</summary>
    public static void Leave() => Door.Value = null;

    /// <summary>Lets somebody in, or not: who is refused by kept rows is asked to wait, for they may lack what was made since.</summary>
    /// <exception cref="ProblemException"><c>database.unavailable</c>, and what refuses for another reason.</exception>
    public static async ValueTask<T> JudgeAsync<T>(Func<ValueTask<T>> judge)
    {
        try
        {
            return await judge();
        }
        catch (ProblemException refused) when (IsUsed && refused.Status is 401 or 403 or 404 or 409)
        {
            throw Unavailable();
        }
    }

    /// <summary>Refuses what is not kept, as when the database is away for everyone.</summary>
    public static ProblemException Unavailable() => new(
        UnavailableCode, 503, "The server cannot reach its database at this moment. Try again soon; nothing you sent before is lost.")
    {
        RetryAfter = TimeSpan.FromSeconds(10),
    };

    /// <summary>Says that the kept rows were read while the database answered, or that an earlier process had read them.</summary>
    /// <param name="at">When they were read.</param>
    /// <param name="isHeard">Whether the database answered just now.</param>
    public void Renew(DateTimeOffset at, bool isHeard)
    {
        lock (_gate)
        {
            _at = at;
            if (isHeard)
            {
                (_isAway, _heardAt) = (false, at);
            }
        }
    }

    /// <summary>Wants the kept rows written anew at once, because something was erased.</summary>
    public void WantWritten()
    {
        lock (_gate)
        {
            _mustWrite = true;
        }
    }

    /// <summary>Whether they were wanted written since this was asked last.</summary>
    public bool TakeWanted()
    {
        lock (_gate)
        {
            (var wanted, _mustWrite) = (_mustWrite, false);
            return wanted;
        }
    }

    /// <summary>Asks the database, or the kept rows when it is away.</summary>
    /// <exception cref="System.Data.Common.DbException">It is away, and this is no request at the door; or it is busy.</exception>
    public async ValueTask<T> AskAsync<T>(Func<Task<T>> database, Func<T> kept)
    {
        if (Door.Value is not { } visit || !IsYoung())
        {
            return await database();
        }

        if (!await IsAwayAsync())
        {
            try
            {
                var asked = database();
                if (await AnswersAsync(asked))
                {
                    return Heard(await asked);
                }
            }
            catch (Exception outage) when (DatabaseFailure.IsOutage(outage))
            {
                if (!await HasGoneAsync())
                {
                    // It went and came back, and what was left of it in the pool with it.
                    return await database();
                }
            }
        }

        visit.UsedAt = At;
        return kept();
    }

    /// <summary>Notes something that may be left out, such as when somebody was seen last.</summary>
    public async ValueTask TryAsync(Func<Task> note) =>
        await AskAsync(
            async () =>
            {
                await note();
                return true;
            },
            () => false);

    /// <summary>Whether the database is away, as far as is known; one asker at a time finds out, the others go by what was found last.</summary>
    public async ValueTask<bool> IsAwayAsync()
    {
        lock (_gate)
        {
            if (!_isAway || _asking is not null || TimeProvider.System.GetElapsedTime(_askedAt) < AsksAgain)
            {
                return _isAway;
            }
        }

        return await HasGoneAsync();
    }

    /// <summary>Waits for what was asked of the database; false when that is away and the answer is not here.</summary>
    public async ValueTask<bool> AnswersAsync(Task asked)
    {
        while (!asked.IsCompleted)
        {
            // Whoever asked looks at how it ended.
            await asked.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!asked.IsCompleted && await HasGoneAsync())
            {
                return false;
            }
        }

        return true;
    }

    private bool IsYoung()
    {
        lock (_gate)
        {
            return _at is { } at && clock.GetUtcNow() - at < LongestAge && !(at < _heardAt - ReadAnew);
        }
    }

    private T Heard<T>(T found)
    {
        lock (_gate)
        {
            (_isAway, _heardAt) = (false, clock.GetUtcNow());
        }

        return found;
    }

    private async Task<bool> HasGoneAsync()
    {
        Task<bool> asking;
        lock (_gate)
        {
            asking = _asking ??= AskWhetherThereAsync();
        }

        return !await asking;
    }

    private async Task<bool> AskWhetherThereAsync()
    {
        await Task.Yield();
        var isThere = false;
        try
        {
            isThere = await db.IsThereAsync(Patience);
            return isThere;
        }
        finally
        {
            // However it ended: the next one asks anew.
            lock (_gate)
            {
                (_isAway, _askedAt, _asking) = (!isThere, TimeProvider.System.GetTimestamp(), null);
                _heardAt = isThere ? clock.GetUtcNow() : _heardAt;
            }
        }
    }

    private sealed class Visit
    {
        public DateTimeOffset? UsedAt { get; set; }
    }
}
