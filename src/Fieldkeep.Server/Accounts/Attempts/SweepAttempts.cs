using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Forgets, in this process, accounts that another one unlocked, and deletes attempts that no longer count.</summary>
internal sealed partial class SweepAttempts(
    Db db, AttemptStore store, AttemptWindow window, TimeProvider clock, ILogger<SweepAttempts> log) : BackgroundRounds(Every)
{
    private const string Unlocked = """
        select unlocks.id, accounts.email_key
        from accounts.unlocks
        join accounts.accounts on accounts.actor_id = unlocks.actor_id
        where unlocks.id > @after and unlocks.at > @since
        order by unlocks.id
        limit 1000
        """;

    /// <summary>How long an unlocking may take to reach another process.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private const int SweepEvery = 60;

    // Attempts count for a day at most.
    private static readonly TimeSpan LongestMemory = TimeSpan.FromDays(1);
    private long _after;
    private int _round;

    /// <summary>Looks once for accounts that were unlocked.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<Row>(
            Unlocked, new { after = _after, since = clock.GetUtcNow() - LongestMemory }, cancellationToken);
        if (rows.Count > 0)
        {
            window.Forget(rows.Select(row => row.EmailKey).ToHashSet(StringComparer.Ordinal));
            _after = rows[^1].Id;
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

    private sealed record Row(long Id, string EmailKey);
}
