using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Limits;

namespace Fieldkeep.Server.Submissions.Limiting;

/// <summary>The counts of one project.</summary>
internal sealed class Counted
{
    /// <summary>Hours are numbered since 1970: so many are one day, UTC.</summary>
    public const long HoursOfDay = 24;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, long> _hours = [];
    private long _bytes;

    // On their way to the database, and what was taken while bytes are being measured: whether the measuring saw them is not known, and they are counted.
    private long _flying;
    private long _meanwhile;
    private long? _measuredAt;
    private long? _hoursFailedAt;
    private bool _isCounted;

    /// <summary>Lets one count at a time.</summary>
    public SemaphoreSlim Counting { get; } = new(1);

    /// <summary>Whether there is something to go on by while others count: their first count was made, or could not be.</summary>
    public bool IsKnown(bool withBytes)
    {
        lock (_gate)
        {
            return (_isCounted || _hoursFailedAt is not null) && (!withBytes || _measuredAt is not null);
        }
    }

    /// <summary>Whether the counts of this day are to be read: they never were, and not in vain lately.</summary>
    public bool IsToCount(long now, TimeProvider clock, TimeSpan again)
    {
        lock (_gate)
        {
            return !_isCounted && !(_hoursFailedAt is { } at && clock.GetElapsedTime(at, now) < again);
        }
    }

    /// <summary>Whether bytes are to be measured: they were not lately, nor in vain.</summary>
    public bool IsToMeasure(long now, TimeProvider clock, TimeSpan every)
    {
        lock (_gate)
        {
            return !(_measuredAt is { } at && clock.GetElapsedTime(at, now) < every);
        }
    }

    /// <summary>Says that the counts of this day could not be read: it goes on by what is known.</summary>
    public void PutOffHours(long at)
    {
        lock (_gate)
        {
            _hoursFailedAt = at;
        }
    }

    /// <summary>Says that bytes could not be measured: it goes on by what is known.</summary>
    public void PutOffBytes(long at)
    {
        lock (_gate)
        {
            _measuredAt = at;
        }
    }

    /// <summary>
    /// Begins with what the database has. What was taken before, while it was away, is there by now, waits in the journal, or both: the larger of the two counts,
    /// and as many more may be taken as wait. Too many are mended.
    /// </summary>
    public void Begin(IReadOnlyDictionary<long, long> hours)
    {
        lock (_gate)
        {
            foreach (var (hour, count) in hours)
            {
                _hours[hour] = Math.Max(count, _hours.GetValueOrDefault(hour));
            }

            _isCounted = true;
        }
    }

    /// <summary>Says that bytes are about to be measured.</summary>
    public void BeginBytes()
    {
        lock (_gate)
        {
            _meanwhile = _flying;
        }
    }

    /// <summary>Takes what was measured.</summary>
    public void EndBytes(long bytes, long at)
    {
        lock (_gate)
        {
            (_bytes, _measuredAt) = (bytes + _meanwhile, at);
        }
    }

    /// <summary>Takes a place, or refuses.</summary>
    /// <exception cref="ProblemException"><c>limit.submissions</c>, <c>limit.stored_bytes</c>.</exception>
    public TakenPlace Take(LimitSet limits, long hour, DateTimeOffset now, int submissions, long bytes)
    {
        lock (_gate)
        {
            if (submissions > 0 && limits.SubmissionsAnHour is { } anHour && _hours.GetValueOrDefault(hour) >= anHour)
            {
                throw LimitProblems.Submissions(LimitName.SubmissionsAnHour, anHour, DateTimeOffset.FromUnixTimeSeconds((hour + 1) * 3600) - now);
            }

            var day = hour / HoursOfDay;
            if (submissions > 0 && limits.SubmissionsADay is { } aDay && OfDay(day) >= aDay)
            {
                throw LimitProblems.Submissions(LimitName.SubmissionsADay, aDay, DateTimeOffset.FromUnixTimeSeconds((day + 1) * HoursOfDay * 3600) - now);
            }

            if (limits.StoredBytes is { } most && _bytes + bytes > most)
            {
                throw LimitProblems.Bytes(most);
            }

            Add(hour, submissions, bytes);
            _flying += bytes;
            foreach (var past in _hours.Keys.Where(known => known / HoursOfDay < day).ToList())
            {
                _hours.Remove(past);
            }

            return new TakenPlace(this, hour, submissions, bytes);
        }
    }

    /// <summary>Says that what was taken has arrived, or gives back what was not stored.</summary>
    /// <param name="flown">Bytes that are on their way no more.</param>
    public void GiveBack(long hour, int submissions, long bytes, long flown)
    {
        lock (_gate)
        {
            Add(hour, -submissions, -bytes);
            _flying -= flown;
        }
    }

    /// <summary>Tells what is counted.</summary>
    public Use Tell(long hour)
    {
        lock (_gate)
        {
            return new Use(_hours.GetValueOrDefault(hour), OfDay(hour / HoursOfDay), _bytes);
        }
    }

    private long OfDay(long day) => _hours.Where(one => one.Key / HoursOfDay == day).Sum(one => one.Value);

    private void Add(long hour, int submissions, long bytes)
    {
        _hours[hour] = Math.Max(0, _hours.GetValueOrDefault(hour) + submissions);
        _bytes = Math.Max(0, _bytes + bytes);
        _meanwhile += bytes;
    }
}
