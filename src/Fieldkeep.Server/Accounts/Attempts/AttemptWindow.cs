namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Counts attempts in this process's memory: refuses what is over the limit before anything is asked or computed.</summary>
internal sealed class AttemptWindow(TimeProvider clock)
{
    // About 200 bytes each: at most 40 MB under a flood, then the oldest half is dropped.
    private const int MostKeys = 200_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Counter> _counters = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = Signal();

    /// <summary>Ends when an attempt is finished, so that one that found the counters busy can ask again. Take it before asking.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>Counts the start of an attempt, unless a limit stands in its way.</summary>
    public Verdict Begin(IReadOnlyList<Limit> limits, Guid id, string account)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            var verdict = Judge(limits, account, now);
            if (!verdict.Passes)
            {
                return verdict;
            }

            MakeRoom();
            foreach (var limit in limits)
            {
                if (!_counters.TryGetValue(limit.Key, out var counter))
                {
                    _counters[limit.Key] = counter = new Counter();
                }

                counter.Entries.Add(new Entry(id, now, account) { IsOpen = true });
            }

            return verdict;
        }
    }

    /// <summary>Judges an attempt without counting it.</summary>
    public Verdict Look(IReadOnlyList<Limit> limits, string account)
    {
        lock (_gate)
        {
            return Judge(limits, account, clock.GetUtcNow());
        }
    }

    /// <summary>Says that an attempt failed.</summary>
    public void Fail(IReadOnlyList<Limit> limits, Guid id) => Finish(
        limits,
        counter =>
        {
            foreach (var entry in counter.Entries.Where(entry => entry.Id == id))
            {
                entry.IsOpen = false;
            }
        });

    /// <summary>Takes an attempt out of the counters.</summary>
    public void TakeBack(IReadOnlyList<Limit> limits, Guid id) =>
        Finish(limits, counter => counter.Entries.RemoveAll(entry => entry.Id == id));

    /// <summary>Forgets every attempt at the secrets of some accounts.</summary>
    public void Forget(IReadOnlySet<string> accounts)
    {
        lock (_gate)
        {
            foreach (var counter in _counters.Values)
            {
                counter.Entries.RemoveAll(entry => accounts.Contains(entry.Account));
            }

            Wake();
        }
    }

    private Verdict Judge(IReadOnlyList<Limit> limits, string account, DateTimeOffset now)
    {
        var (wait, isBusy) = (TimeSpan.Zero, false);
        foreach (var limit in limits)
        {
            if (_counters.TryGetValue(limit.Key, out var counter))
            {
                counter.Entries.RemoveAll(entry => entry.At <= now - limit.Window);
                var verdict = AttemptJudge.Of(
                    limit, account, counter.Entries.Select(entry => new Counted(entry.At, entry.Account, entry.IsOpen)), now);
                (wait, isBusy) = (verdict.Wait > wait ? verdict.Wait : wait, isBusy || verdict.IsBusy);
            }
        }

        return new Verdict(wait, isBusy);
    }

    private void Finish(IReadOnlyList<Limit> limits, Action<Counter> change)
    {
        lock (_gate)
        {
            foreach (var limit in limits)
            {
                if (_counters.TryGetValue(limit.Key, out var counter))
                {
                    change(counter);
                    if (counter.Entries.Count == 0)
                    {
                        _counters.Remove(limit.Key);
                    }
                }
            }

            Wake();
        }
    }

    private void Wake()
    {
        _changed.TrySetResult();
        _changed = Signal();
    }

    private void MakeRoom()
    {
        if (_counters.Count < MostKeys)
        {
            return;
        }

        var oldest = _counters
            .OrderBy(pair => pair.Value.Entries.Count > 0 ? pair.Value.Entries[^1].At : DateTimeOffset.MinValue)
            .Take(MostKeys / 2).Select(pair => pair.Key).ToList();
        oldest.ForEach(key => _counters.Remove(key));
    }

    // Whoever waits goes on in their own turn, not inside the lock.
    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Counter
    {
        public List<Entry> Entries { get; } = [];
    }

    private sealed class Entry(Guid id, DateTimeOffset at, string account)
    {
        public Guid Id => id;

        public DateTimeOffset At => at;

        public string Account => account;

        public bool IsOpen { get; set; }
    }
}
