using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Counts wrong codes of an account: twenty in a day, through all doors and servers together, then none is looked at.</summary>
/// <remarks>A try counts from its start, so a thousand at once get no more; one that succeeds is taken back.</remarks>
internal sealed class FactorTries(Db db, TimeProvider clock)
{
    /// <summary>How many wrong codes a day are looked at.</summary>
    public const int MostInADay = 20;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private const string Count = """
        insert into accounts.factor_tries (actor_id, since, failures) values (@actor, @now, 1)
        on conflict (actor_id) do update set
            since = case when factor_tries.since <= @before then @now else factor_tries.since end,
            failures = case when factor_tries.since <= @before then 1 else factor_tries.failures + 1 end
        where factor_tries.since <= @before or factor_tries.failures < @most
        returning failures
        """;
    private const string Since = "select since from accounts.factor_tries where actor_id = @actor";
    private const string Undo = """
        update accounts.factor_tries set failures = greatest(failures - 1, 0) where actor_id = @actor
        """;

    /// <summary>Counts the start of a try; gives how many of today's were wrong if this one is.</summary>
    /// <exception cref="ProblemException"><c>factor.locked</c>.</exception>
    public async Task<int> BeginAsync(ActorId actor, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var key = new { actor = actor.Value, now, before = now - Day, most = MostInADay };
        if (await db.FindAsync<int?>(Count, key, cancellationToken) is { } failures)
        {
            return failures;
        }

        var since = await db.FindAsync<DateTimeOffset?>(Since, key, cancellationToken) ?? now;
        throw FactorProblems.Locked(since + Day - now);
    }

    /// <summary>Takes a try back that succeeded.</summary>
    public Task TakeBackAsync(ActorId actor, CancellationToken cancellationToken) =>
        db.ExecuteAsync(Undo, new { actor = actor.Value }, cancellationToken);
}
