namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>Remembers records that could not be stored: how often, why, and when they are tried again. After seconds at first, later every ten minutes.</summary>
internal sealed class FailedRecords(TimeProvider clock)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Failed> _failed = [];

    /// <summary>Gives why, by their id.</summary>
    public IReadOnlyDictionary<Guid, string> List()
    {
        lock (_gate)
        {
            return _failed.ToDictionary(pair => pair.Key, pair => pair.Value.Why);
        }
    }

    /// <summary>Notes one; gives whether it failed for the first time.</summary>
    public bool Note(Guid record, string why)
    {
        lock (_gate)
        {
            var times = _failed.GetValueOrDefault(record)?.Times + 1 ?? 1;
            var wait = TimeSpan.FromSeconds(Math.Min(LongestWait.TotalSeconds, Math.Pow(2, Math.Min(times, 12))));
            _failed[record] = new Failed(times, clock.GetTimestamp(), wait, why);
            return times == 1;
        }
    }

    /// <summary>Whether one is not to be tried yet.</summary>
    public bool Waits(Guid record)
    {
        lock (_gate)
        {
            return _failed.TryGetValue(record, out var failed) && clock.GetElapsedTime(failed.At) < failed.Wait;
        }
    }

    /// <summary>Forgets one.</summary>
    public void Remove(Guid record)
    {
        lock (_gate)
        {
            _failed.Remove(record);
        }
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _failed.Clear();
        }
    }

    private sealed record Failed(int Times, long At, TimeSpan Wait, string Why);
}
