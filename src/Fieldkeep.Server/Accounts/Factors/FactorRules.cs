using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Keeps whether everyone on this server must have a second factor, not only administrators.</summary>
internal sealed class FactorRules(Db db, Policy policy, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const long Everyone = 0;

    // As with roles: another process may have changed the rule.
    private static readonly TimeSpan LongestMemory = TimeSpan.FromSeconds(2);

    private const string Exists = "select exists (select from accounts.factor_rules where unit_id = @unit)";
    private const string Set = """
        insert into accounts.factor_rules (unit_id, set_at, set_by) values (@unit, @now, @by) on conflict do nothing
        """;
    private const string Unset = "delete from accounts.factor_rules where unit_id = @unit";

    private Remembered? _remembered;

    /// <summary>Tells whether everyone must.</summary>
    public async ValueTask<bool> IsForEveryoneAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetTimestamp();
        if (Volatile.Read(ref _remembered) is { } known && clock.GetElapsedTime(known.At, now) < LongestMemory)
        {
            return known.IsForEveryone;
        }

        var isForEveryone = await db.GetAsync<bool>(Exists, new { unit = Everyone }, cancellationToken);
        Volatile.Write(ref _remembered, new Remembered(isForEveryone, now));
        return isForEveryone;
    }

    /// <summary>Sets the rule for everyone or takes it away. The days of grace begin with each person's next request.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>session.confirmation_needed</c>.</exception>
    public async Task SetAsync(Actor actor, bool isForEveryone, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var row = new { unit = Everyone, now = clock.GetUtcNow(), by = actor.Id.Value };
        if (await tx.ExecuteAsync(isForEveryone ? Set : Unset, row, cancellationToken) == 1)
        {
            await changes.AppendAsync(
                tx, actor, new Change("factor.rule", null, "installation", "0", new { required = !isForEveryone }, new { required = isForEveryone }), cancellationToken);
            await audit.AppendAsync(
                tx, actor, new AuditEvent("factor.rule", null, "installation", "0", isForEveryone ? "everyone" : "administrators"), cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        Volatile.Write(ref _remembered, null);
    }

    private sealed record Remembered(bool IsForEveryone, long At);
}
