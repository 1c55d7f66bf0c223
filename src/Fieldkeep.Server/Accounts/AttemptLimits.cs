using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fieldkeep.Server.Accounts;

/// <summary>Counts failed attempts at every door that takes a secret and says when to stop listening (decision 0025).</summary>
/// <remarks>
/// Sliding windows. An attempt counts from its start, so a thousand at once get no more than the budget; one that succeeds is
/// taken back. Memory refuses first, at no cost; what passes there is counted in the database, for all processes.
/// </remarks>
internal sealed partial class AttemptLimits(
    AttemptWindow window, AttemptStore store, AttemptAlarm alarm, HeardServers heard, TimeProvider clock, ILogger<AttemptLimits> log)
{
    // While others are being compared the answer is not known yet; comparing takes a seventh of a second.
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WhenCrowded = TimeSpan.FromSeconds(2);
    private const int MostPatient = 1000;

    private int _patient;

    /// <summary>Counts the start of an attempt with a password, or refuses it before anything is computed.</summary>
    /// <param name="account">The account's key as compared (<see cref="EmailKey"/>), known or not.</param>
    /// <param name="device">The device that signed in to this account before; null when the caller is none.</param>
    /// <exception cref="ProblemException"><c>session.too_many_attempts</c>, <c>session.limits_unavailable</c>.</exception>
    public Task<Attempt> BeginAsync(string account, string? address, string? device, CancellationToken cancellationToken) => BeginAsync(
        device is null ? LimitSets.OfPassword(account, address) : LimitSets.OfDevice(account, device, address), account, cancellationToken);

    /// <summary>Counts the start of an attempt by a client that showed the right password from this very address before.</summary>
    /// <exception cref="ProblemException"><c>session.too_many_attempts</c>, <c>session.limits_unavailable</c>.</exception>
    public Task<Attempt> BeginAgainAsync(string account, string? address, CancellationToken cancellationToken) =>
        BeginAsync(LimitSets.OfKnownClient(account, address), account, cancellationToken);

    /// <summary>Refuses a client that showed the right password before, while very many others of this account are tried from its address.</summary>
    /// <exception cref="ProblemException"><c>session.too_many_attempts</c>.</exception>
    public void RequireFewMissed(string account, string? address)
    {
        var verdict = window.Look(InMemory(LimitSets.OfMissed(account, address)), account);
        if (verdict.Wait > TimeSpan.Zero)
        {
            throw AccountProblems.TooManyAttempts(verdict.Wait);
        }
    }

    /// <summary>Counts a password that was refused unread: beside a client that passes, the refusal says that it was wrong.</summary>
    public void CountMissed(string account, string? address)
    {
        var limits = InMemory(LimitSets.OfMissed(account, address));
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        if (window.Begin(limits, id, account).Passes)
        {
            window.Fail(limits, id);
            alarm.Count();
        }
    }

    /// <summary>Counts the start of a guess at a secret that belongs to no account, such as a set-up code.</summary>
    /// <param name="door">Which secret.</param>
    /// <exception cref="ProblemException"><c>session.too_many_attempts</c>, <c>session.limits_unavailable</c>.</exception>
    public Task<Attempt> BeginGuessAsync(string door, string? address, CancellationToken cancellationToken) =>
        BeginAsync(LimitSets.OfGuess(door, address), "", cancellationToken);

    /// <summary>Counts the start of a guess by someone who is signed in: a change of network gives them no more of them.</summary>
    /// <param name="door">Which secret, and who guesses.</param>
    /// <exception cref="ProblemException"><c>session.too_many_attempts</c>, <c>session.limits_unavailable</c>.</exception>
    public Task<Attempt> BeginGuessOfKnownAsync(string door, string? address, CancellationToken cancellationToken) =>
        BeginAsync(LimitSets.OfGuessOfKnown(door, address), "", cancellationToken);

    /// <summary>Counts the start of an attempt with a code that comes together with a password.</summary>
    /// <param name="account">As for a password.</param>
    /// <exception cref="ProblemException"><c>session.too_many_attempts</c>, <c>session.limits_unavailable</c>.</exception>
    public Task<Attempt> BeginCodeAsync(string account, string? address, CancellationToken cancellationToken) =>
        BeginAsync(LimitSets.OfCode(account, address), account, cancellationToken);

    /// <summary>Counts a token that is not known; valid tokens are never held up by it.</summary>
    /// <remarks>In memory only: nobody guesses 256 bits, and the doors of phones must not depend on these counters.</remarks>
    /// <exception cref="ProblemException"><c>session.too_many_attempts</c>.</exception>
    public void CountUnknownToken(string? address)
    {
        var limits = InMemory(LimitSets.OfToken(address));
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var verdict = window.Begin(limits, id, "");
        if (!verdict.Passes)
        {
            throw AccountProblems.TooManyAttempts(verdict.Wait > TimeSpan.Zero ? verdict.Wait : WhenCrowded);
        }

        window.Fail(limits, id);
        alarm.Count();
    }

    // What no other server counts.
    private Limit[] InMemory(Limit[] limits) => [.. limits.Select(limit => limit with { Most = heard.ShareOf(limit.Most) })];

    private async Task<Attempt> BeginAsync(Limit[] limits, string account, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var (began, isPatient) = (clock.GetTimestamp(), false);
        try
        {
            while (true)
            {
                var changed = window.Changed;
                var (verdict, isLast) = (window.Begin(limits, id, account), false);
                if (verdict.Passes)
                {
                    (verdict, isLast) = await CountAsync(limits, id, account, cancellationToken);
                }

                if (verdict.Passes)
                {
                    return new Attempt(window, store, alarm, limits, id) { IsLast = isLast };
                }

                if (verdict.Wait > TimeSpan.Zero)
                {
                    throw AccountProblems.TooManyAttempts(verdict.Wait);
                }

                if (!isPatient)
                {
                    isPatient = true;
                    Interlocked.Increment(ref _patient);
                }

                if (_patient > MostPatient || clock.GetElapsedTime(began) > LongestPatience)
                {
                    throw AccountProblems.TooManyAttempts(WhenCrowded);
                }

                await Task.WhenAny(changed, Task.Delay(AskAgain, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            if (isPatient)
            {
                Interlocked.Decrement(ref _patient);
            }
        }
    }

    // Without the shared counters no password is compared: whoever can stop them must not get unlimited guesses.
    private async Task<(Verdict Verdict, bool IsLast)> CountAsync(
        Limit[] limits, Guid id, string account, CancellationToken cancellationToken)
    {
        var isCounted = false;
        try
        {
            var counted = await store.BeginAsync(limits, id, account, cancellationToken);
            isCounted = counted.Verdict.Passes;
            return counted;
        }
        catch (Exception thrown) when (thrown is NpgsqlException or TimeoutException)
        {
            LogUnavailable(log, thrown.GetType().Name);
            throw AccountProblems.LimitsUnavailable();
        }
        finally
        {
            if (!isCounted)
            {
                window.TakeBack(limits, id);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "attempts cannot be counted ({Failure}): passwords and codes are refused until they can; tokens and sessions go on")]
    private static partial void LogUnavailable(ILogger log, string failure);
}
