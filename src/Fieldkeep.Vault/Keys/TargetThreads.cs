namespace Fieldkeep.Vault.Keys;

/// <summary>
/// Writes to backup directories, each on a thread of its own: a mount that hangs cannot be given up, but it keeps neither the other directories
/// nor whoever asked waiting. No second thread is begun for a directory whose first still hangs.
/// </summary>
internal sealed class TargetThreads(Func<KeyringTarget, string?> write, TimeSpan patience)
{
    private const string Hangs = "it does not answer: the mount hangs";

    private readonly Lock _gate = new();
    private readonly Dictionary<KeyringTarget, Work> _begun = [];

    /// <summary>Writes to all, and gives what is wrong with each; null for those that are written.</summary>
    public IReadOnlyList<(KeyringTarget Target, string? Problem)> Run(IReadOnlyList<KeyringTarget> targets)
    {
        var begun = TimeProvider.System.GetTimestamp();
        var works = targets.Select(target => (Target: target, Work: Begin(target))).ToList();
        return [.. works.Select(one => (one.Target, one.Work is { } work && work.Thread.Join(Left(begun)) ? work.Problem : Hangs))];
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

            var work = new Work(() => write(target));
            _begun[target] = work;
            return work;
        }
    }

    private sealed class Work
    {
        public Work(Func<string?> write)
        {
            Thread = new Thread(() => Problem = write()) { IsBackground = true, Name = "backup directory" };
            Thread.Start();
        }

        public Thread Thread { get; }

        public string? Problem { get; private set; }

        public long Begun { get; } = TimeProvider.System.GetTimestamp();
    }
}
