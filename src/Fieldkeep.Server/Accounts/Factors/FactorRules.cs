using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Keeps who must have a second factor beside administrators: everyone on this server, or everyone of an organisation, branch or team.</summary>
internal sealed class FactorRules(
    Db db, KeptAccounts kept, WhileAway away, Policy policy, ChangeLog changes, AuditLog audit, ChangeSignals signals, TimeProvider clock)
{
    private const long Everyone = 0;

    private const string All = "select unit_id from accounts.factor_rules";
    private const string Set = """
        insert into accounts.factor_rules (unit_id, set_at, set_by) values (@unit, @now, @by) on conflict do nothing
        """;
    private const string Unset = "delete from accounts.factor_rules where unit_id = @unit";

    private Remembered? _remembered;

    /// <summary>Tells whether a rule is about everyone on this server.</summary>
    public async ValueTask<bool> IsForEveryoneAsync(CancellationToken cancellationToken) =>
        (await UnitsAsync(cancellationToken)).Contains(Everyone);

    /// <summary>Tells whether a rule is about someone.</summary>
    public async ValueTask<bool> IsForAsync(Actor actor, CancellationToken cancellationToken)
    {
        var units = await UnitsAsync(cancellationToken);
        return units.Contains(Everyone)
            || (units.Count > 0 && units.Overlaps(await policy.UnitsOfAsync(actor, cancellationToken)));
    }

    /// <summary>Tells whether a unit has a rule of its own.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<bool> IsOfAsync(Actor actor, UnitId unit, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.UnitRead, Scope.Of(unit), cancellationToken);
        return (await UnitsAsync(cancellationToken)).Contains(unit.Value);
    }

    /// <summary>Sets a rule or takes it away. The days of grace begin with each person's next request.</summary>
    /// <param name="unit">Whose people it is about; null for everyone on this server.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>.</exception>
    public async Task SetAsync(Actor actor, UnitId? unit, bool isNeeded, CancellationToken cancellationToken)
    {
        await (unit is { } place
            ? policy.RequireAsync(actor, Permission.UnitUpdate, Scope.Of(place), cancellationToken)
            : policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken));
        policy.RequireConfirmed(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        var row = new { unit = unit?.Value ?? Everyone, now = clock.GetUtcNow(), by = actor.Id.Value };
        if (await tx.ExecuteAsync(isNeeded ? Set : Unset, row, cancellationToken) == 1)
        {
            await RecordAsync(tx, actor, unit, isNeeded, cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        signals.Forget(ChangeKind.Factors);
    }

    private async Task RecordAsync(Tx tx, Actor actor, UnitId? unit, bool isNeeded, CancellationToken cancellationToken)
    {
        var (kind, subject) = unit is { } place ? ("unit", place.Value.ToString()) : ("installation", "0");
        await changes.AppendAsync(
            tx,
            actor,
            new Change("factor.rule", null, kind, subject, new { required = !isNeeded }, new { required = isNeeded }),
            cancellationToken);
        var detail = isNeeded ? "everyone" : "administrators";
        await audit.AppendAsync(tx, actor, new AuditEvent("factor.rule", null, kind, subject, detail), cancellationToken);
    }

    private async ValueTask<IReadOnlySet<long>> UnitsAsync(CancellationToken cancellationToken)
    {
        var (now, count) = (clock.GetTimestamp(), signals.CountOf(ChangeKind.Factors));
        if (Volatile.Read(ref _remembered) is { } known && known.Changes == count && signals.IsFresh(known.At))
        {
            return known.Units;
        }

        var listed = await away.AskAsync(() => db.ListAsync<long>(All, null, cancellationToken), () => [.. kept.FactorRules.All.Select(rule => rule.UnitId)]);
        var units = listed.ToHashSet();
        if (!WhileAway.IsUsed)
        {
            Volatile.Write(ref _remembered, new Remembered(units, now, count));
        }

        return units;
    }

    private sealed record Remembered(IReadOnlySet<long> Units, long At, long Changes);
}
