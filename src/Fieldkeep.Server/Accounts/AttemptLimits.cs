using System.Net;
using System.Net.Sockets;

namespace Fieldkeep.Server.Accounts;

/// <summary>Counts failed attempts at every door that takes a secret and says when to stop listening.</summary>
/// <remarks>
/// Sliding window of 15 minutes: 5 per account and address, 100 per address (/64 of IPv6); from the 10th failure of an account on,
/// each further attempt waits twice as long as the one before, up to 15 minutes. An attempt counts from its start, so a
/// thousand at once get no more than the budget; one that succeeds is taken back. In memory, for one server.
/// </remarks>
internal sealed class AttemptLimits(TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private const int PerAccountAndAddress = 5;
    private const int PerAccountBeforeDelay = 10;
    private const int PerAddress = 100;

    // About 200 bytes each: at most 40 MB under a flood, then the oldest half is dropped.
    private const int MostKeys = 200_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Counter> _counters = new(StringComparer.Ordinal);

    /// <summary>Counts the start of an attempt with a password, or refuses it before anything is computed.</summary>
    /// <param name="account">The account's key as compared (<see cref="EmailKey"/>), known or not.</param>
    /// <exception cref="Kernel.ProblemException"><c>session.too_many_attempts</c>.</exception>
    public Attempt Begin(string account, string? address)
    {
        var network = NetworkOf(address);
        return Begin(
            [
                new Limit($"pair {network} {account}", PerAccountAndAddress, false),
                new Limit($"account {account}", PerAccountBeforeDelay, true),
                new Limit($"address {network}", PerAddress, false),
            ]);
    }

    /// <summary>Counts the start of a guess at a secret that belongs to no account, such as a set-up code.</summary>
    /// <param name="door">Which secret.</param>
    /// <exception cref="Kernel.ProblemException"><c>session.too_many_attempts</c>.</exception>
    public Attempt BeginGuess(string door, string? address)
    {
        var network = NetworkOf(address);
        return Begin(
            [
                new Limit($"{door} {network}", PerAccountBeforeDelay, false),
                new Limit($"address {network}", PerAddress, false),
            ]);
    }

    /// <summary>Counts the start of a guess by someone who is signed in: a change of network gives them no more of them.</summary>
    /// <param name="door">Which secret, and who guesses.</param>
    /// <exception cref="Kernel.ProblemException"><c>session.too_many_attempts</c>.</exception>
    public Attempt BeginGuessOfKnown(string door, string? address) => Begin(
        [
            new Limit($"known {door}", PerAccountBeforeDelay, false),
            new Limit($"address {NetworkOf(address)}", PerAddress, false),
        ]);

    /// <summary>Counts a token that is not known; valid tokens are never held up by it.</summary>
    /// <exception cref="Kernel.ProblemException"><c>session.too_many_attempts</c>.</exception>
    public void CountUnknownToken(string? address) =>
        Begin([new Limit($"token {NetworkOf(address)}", PerAddress, false)]);

    private Attempt Begin(Limit[] limits)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            var wait = limits.Max(limit => WaitOf(limit, now));
            if (wait > TimeSpan.Zero)
            {
                throw AccountProblems.TooManyAttempts(wait);
            }

            MakeRoom();
            foreach (var limit in limits)
            {
                if (!_counters.TryGetValue(limit.Key, out var counter))
                {
                    _counters[limit.Key] = counter = new Counter();
                }

                counter.At.Add(now);
            }
        }

        return new Attempt(this, limits, now);
    }

    private TimeSpan WaitOf(Limit limit, DateTimeOffset now)
    {
        if (!_counters.TryGetValue(limit.Key, out var counter))
        {
            return TimeSpan.Zero;
        }

        counter.At.RemoveAll(at => at <= now - Window);
        var count = counter.At.Count;
        if (count == 0)
        {
            _counters.Remove(limit.Key);
        }

        if (count < limit.Most)
        {
            return TimeSpan.Zero;
        }

        if (!limit.IsDelay)
        {
            return counter.At[count - limit.Most] + Window - now;
        }

        // 2, 4, 8 … seconds after the latest failure; 2^10 s is past the window.
        var delay = TimeSpan.FromSeconds(Math.Min(Math.Pow(2, Math.Min(count - limit.Most + 1, 10)), Window.TotalSeconds));
        var until = counter.At[^1] + delay;
        return until > now ? until - now : TimeSpan.Zero;
    }

    private void MakeRoom()
    {
        if (_counters.Count < MostKeys)
        {
            return;
        }

        var oldest = _counters
            .OrderBy(pair => pair.Value.At.Count > 0 ? pair.Value.At[^1] : DateTimeOffset.MinValue)
            .Take(MostKeys / 2).Select(pair => pair.Key).ToList();
        oldest.ForEach(key => _counters.Remove(key));
    }

    private void TakeBack(Limit[] limits, DateTimeOffset at)
    {
        lock (_gate)
        {
            foreach (var limit in limits)
            {
                if (_counters.TryGetValue(limit.Key, out var counter) && counter.At.Remove(at) && counter.At.Count == 0)
                {
                    _counters.Remove(limit.Key);
                }
            }
        }
    }

    // One household or phone network is one /64 in IPv6.
    private static string NetworkOf(string? address)
    {
        if (!IPAddress.TryParse(address, out var parsed))
        {
            return "unknown";
        }

        if (parsed.IsIPv4MappedToIPv6)
        {
            return parsed.MapToIPv4().ToString();
        }

        return parsed.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(parsed.GetAddressBytes().AsSpan(0, 8))
            : parsed.ToString();
    }

    /// <summary>An attempt under way. It counts as failed unless <see cref="Succeeded"/> is called.</summary>
    internal sealed class Attempt
    {
        private readonly AttemptLimits _owner;
        private readonly Limit[] _limits;
        private readonly DateTimeOffset _at;

        internal Attempt(AttemptLimits owner, Limit[] limits, DateTimeOffset at) =>
            (_owner, _limits, _at) = (owner, limits, at);

        /// <summary>Takes the attempt back from the counters.</summary>
        public void Succeeded() => _owner.TakeBack(_limits, _at);
    }

    /// <summary>One counter that an attempt must pass.</summary>
    /// <param name="Most">How many failures in the window are let through.</param>
    /// <param name="IsDelay">Beyond that, wait longer and longer instead of stopping for the window.</param>
    internal sealed record Limit(string Key, int Most, bool IsDelay);

    private sealed class Counter
    {
        public List<DateTimeOffset> At { get; } = [];
    }
}
