using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Tells which units lay in a unit at an instant and who belonged to them, those that are gone too. Callers check access first.</summary>
internal sealed class UnitsThen(Db db)
{
    private const string Since = "select min(since) from access.places where kind = 'unit' and id = @unit";

    private const string Tree = """
        with recursive down as (
            select id, parent_id, 0 as level from access.places
            where kind = 'unit' and id = @unit and since <= @at and (until is null or until > @at)
            union all
            select p.id, p.parent_id, down.level + 1
            from down join access.places p on p.kind = 'unit' and p.parent_kind = 'unit' and p.parent_id = down.id
                and p.since <= @at and (p.until is null or p.until > @at)
            where down.level < 100)
        select distinct id, parent_id as parent, level from down order by level, id limit 10000
        """;

    private const string Members = """
        select distinct unit_id as unit, actor_id as actor, since from access.members
        where unit_id = any (@units) and since <= @at and (until is null or until > @at)
        order by unit_id, actor_id limit 100000
        """;

    /// <summary>Gives the unit and all below it, itself first; nothing when it was not there then. And since when it is known.</summary>
    public async Task<(IReadOnlyList<UnitThen> Units, DateTimeOffset First)> TreeAsync(UnitId unit, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var first = await db.GetAsync<DateTimeOffset>(Since, new { unit = unit.Value }, cancellationToken);
        return (await db.ListAsync<UnitThen>(Tree, new { unit = unit.Value, at }, cancellationToken), first);
    }

    /// <summary>Gives who belonged to any of these units.</summary>
    public Task<IReadOnlyList<MemberThen>> MembersAsync(long[] units, DateTimeOffset at, CancellationToken cancellationToken) =>
        db.ListAsync<MemberThen>(Members, new { units, at }, cancellationToken);
}

/// <summary>A unit in the tree of an instant.</summary>
/// <param name="Parent">The unit above it then.</param>
/// <param name="Level">How far below the one that was asked for.</param>
internal sealed record UnitThen(long Id, long? Parent, int Level);

/// <summary>Somebody who belonged to a unit.</summary>
/// <param name="Since">Since when.</param>
internal sealed record MemberThen(long Unit, long Actor, DateTimeOffset Since);
