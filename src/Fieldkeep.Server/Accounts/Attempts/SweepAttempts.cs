using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Forgets, in this process, accounts that another one unlocked, and deletes attempts that no longer count.</summary>
internal sealed partial class SweepAttempts(
    Db db, AttemptStore store, AttemptWindow window, TimeProvider clock, ILogger<SweepAttempts> log) : BackgroundRounds(Every)
{
    private const string Unlocked = """
        select unlocks.id, accounts.email_key, unlocks.at
        from accounts.unlocks
        join accounts.accounts on accounts.actor_id = unlocks.actor_id
        where unlocks.at > @since and not (unlocks.id = any (@done))
        order by unlocks.id
        limit 1000
        """;

    /// <summary>How long an unlocking may take to reach another process.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private const int SweepEvery = 60;

    // Attempts count for a day at most.
    private static readonly TimeSpan LongestMemory = TimeSpan.FromDays(1);

    // When each was unlocked that was forgotten here. Not the last number alone: they come in the order of their commits, which is another.
    private readonly Dictionary<long, DateTimeOffset> _done = [];
    private int _round;

    /// <summary>As <see cref="ForgetAsync"/>, beside no round.</summary>
    public Task ForgetInTurnAsync(CancellationToken cancellationToken) => AloneAsync(ForgetAsync, cancellationToken);

    /// <summary>Looks once for accounts that were unlocked.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        var since = clock.GetUtcNow() - LongestMemory;
        foreach (var old in _done.Where(one => one.Value <= since).ToList())
        {
            _done.Remove(old.Key);
        }

        var rows = await db.ListAsync<Row>(Unlocked, new { done = _done.Keys.ToArray(), since }, cancellationToken);
        if (rows.Count > 0)
        {
            window.Forget(rows.Select(row => row.EmailKey).ToHashSet(StringComparer.Ordinal));
            foreach (var row in rows)
            {
                _done[row.Id] = row.At;
            }
        }
    }

    /// <inheritdoc/>
    protected override TimeSpan First => Every;

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        await ForgetAsync(cancellationToken);
        if (++_round % SweepEvery == 0)
        {
            await store.SweepAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    [LoggerMessage(1, LogLevel.Warning, "attempts that no longer count were not deleted ({Failure} {Code}); it is tried again")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    private sealed record Row
    {
        public long Id { get; init; }

        public string EmailKey { get; init; } = "";

        public DateTimeOffset At { get; init; }
    }
}
