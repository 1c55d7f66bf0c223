using System.Collections.Concurrent;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Limits;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Keeps each account to the requests a minute it may make. In memory, for one server: a minute is over soon after any restart.</summary>
internal sealed class RequestPace(FindLimits limits, TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    // Accounts that exist, some 100 bytes each. Whoever began anew by it would have had to make as many accounts.
    private const int MostCounters = 100_000;

    private readonly ConcurrentDictionary<long, Counter> _counters = new();

    /// <summary>Counts a request of an account.</summary>
    /// <exception cref="ProblemException"><c>limit.requests</c>.</exception>
    public async ValueTask TakeAsync(Actor account, CancellationToken cancellationToken)
    {
        if ((await limits.OfAsync(account.Id, cancellationToken)).RequestsAMinute is not { } most)
        {
            return;
        }

        if (_counters.Count >= MostCounters)
        {
            _counters.Clear();
        }

        var wait = _counters.GetOrAdd(account.Id.Value, _ => new Counter()).Take(clock.GetTimestamp(), most, clock);
        if (wait > TimeSpan.Zero)
        {
            throw LimitProblems.Requests(most, wait);
        }
    }

    private sealed class Counter
    {
        private readonly Lock _gate = new();
        private long _since;
        private long _requests;

        // What is refused is not counted: whoever waits has the next minute whole.
        public TimeSpan Take(long now, long most, TimeProvider clock)
        {
            lock (_gate)
            {
                if (_requests == 0 || clock.GetElapsedTime(_since, now) is var passed && (passed >= Window || passed < TimeSpan.Zero))
                {
                    (_since, _requests) = (now, 0);
                }

                if (_requests >= most)
                {
                    return Window - clock.GetElapsedTime(_since, now);
                }

                _requests++;
                return TimeSpan.Zero;
            }
        }
    }
}
