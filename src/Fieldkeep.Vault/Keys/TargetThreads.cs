namespace Fieldkeep.Vault.Keys;

/// <summary>
/// Works at backup directories, at each on a thread of its own: a mount that hangs cannot be given up, but it keeps neither the other directories
/// nor whoever asked waiting. No second thread is begun for a directory whose first still hangs.
/// </summary>
internal sealed class TargetThreads<T>(Func<KeyringTarget, T> work, T hangs, TimeSpan patience)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<KeyringTarget, Work> _begun = [];

    /// <summary>Works at all, and gives what came of it.</summary>
    public IReadOnlyList<(KeyringTarget Target, T Result)> Run(IReadOnlyList<KeyringTarget> targets)
    {
        var begun = TimeProvider.System.GetTimestamp();
        var works = targets.Select(target => (Target: target, Work: Begin(target))).ToList();
        return [.. works.Select(one => (one.Target, one.Work is { } mine && mine.Thread.Join(Left(begun)) ? mine.Result : hangs))];
    }

    private TimeSpan Left(long begun) =>
        TimeProvider.System.GetElapsedTime(begun) is var gone && gone < patience ? patience - gone : TimeSpan.Zero;

    private Work? Begin(KeyringTarget target)
    {
        // What began before may have read what is older by now: it is waited for, and then done anew.
        Work? before;
        lock (_gate)
        {
            before = _begun.GetValueOrDefault(target);
        }

        if (before is not null && !before.Thread.Join(Left(before.Begun)))
        {
            return null;
        }

        lock (_gate)
        {
            if (_begun.TryGetValue(target, out var other) && other != before && other.Thread.IsAlive)
            {
                return null;
            }

            var mine = new Work(() => work(target), hangs);
            _begun[target] = mine;
            return mine;
        }
    }

    private sealed class Work
    {
        public Work(Func<T> work, T until)
        {
            Result = until;
            Thread = new Thread(() => Try(work, until)) { IsBackground = true, Name = "backup directory" };
            Thread.Start();
        }

        private void Try(Func<T> work, T until)
        {
            try
            {
                Result = work();
            }
#pragma warning disable CA1031 // Nothing catches it on a thread of its own, and the process would end: a directory that nobody thought of counts as one that is not reached.
            catch (Exception)
#pragma warning restore CA1031
            {
                Result = until;
            }
        }

        public Thread Thread { get; }

        public T Result { get; private set; }

        public long Begun { get; } = TimeProvider.System.GetTimestamp();
    }
}
