using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Knows what comes with belonging to a unit, and who may bring that about: nobody hands out more than they hold, by way of a unit neither.</summary>
internal sealed class UnitRights(Db db, Policy policy, OwnSight own, Places places, TimeProvider clock)
{
    private static readonly Permission[] All = Enum.GetValues<Permission>();

    // What the people of some units hold that they would not hold by belonging to the others alone.
    private const string OfPeople = """
        with recursive
        gained as (
            select unit as id from unnest(@gained) as units (unit)
            union
            select p.parent_id from gained join access.places p on p.kind = 'unit' and p.id = gained.id and p.until is null
            where p.parent_id is not null),
        kept as (
            select unit as id from unnest(@kept) as units (unit)
            union
            select p.parent_id from kept join access.places p on p.kind = 'unit' and p.id = kept.id and p.until is null
            where p.parent_id is not null)
        select g.role, g.scope_kind, g.scope_id, g.is_own, g.condition_id, r.permissions
        from access.grants g
        left join access.roles r on g.role = 'role:' || r.id and r.until is null
        where g.subject_kind = 'unit' and g.ended_at is null and (g.expires_at is null or g.expires_at > @now)
          and g.subject_id in (select id from gained) and g.subject_id not in (select id from kept)
          and (r.id is not null or g.role not like 'role:%')
        """;

    // What is held at some units and those above, and is not held already at those that are left.
    private const string AtUnits = """
        with recursive
        gained as (
            select @goal::bigint as id
            union
            select p.parent_id from gained join access.places p on p.kind = 'unit' and p.id = gained.id and p.until is null
            where p.parent_id is not null),
        kept as (
            select @source::bigint as id
            union
            select p.parent_id from kept join access.places p on p.kind = 'unit' and p.id = kept.id and p.until is null
            where p.parent_id is not null)
        select distinct g.role, g.scope_kind, g.scope_id, g.is_own, g.condition_id, r.permissions
        from access.grants g
        left join access.roles r on g.role = 'role:' || r.id and r.until is null
        where g.scope_kind = 'unit' and g.ended_at is null and (g.expires_at is null or g.expires_at > @now)
          and g.scope_id in (select id from gained) and g.scope_id not in (select id from kept)
          and (r.id is not null or g.role not like 'role:%')
        """;

    /// <summary>Refuses who may not give all that comes with belonging to a unit, or to one above it, to a person.</summary>
    /// <param name="person">Whom: what they hold by other units already is not asked about; null for somebody unknown.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.own_confidential</c>.</exception>
    public async Task RequireToBringAsync(Actor actor, UnitId unit, ActorId? person, CancellationToken cancellationToken)
    {
        var kept = person is { } known ? await Members.UnitsOfAsync(db, known, cancellationToken) : [];
        Require(await MayHandOutAsync(actor, unit, [unit.Value], kept, cancellationToken));
        if (person is { } whom)
        {
            foreach (var held in await ListGainedAsync([unit.Value], kept, cancellationToken))
            {
                await own.RequireAsync(actor, Subject.Of(whom), All.Where(held.Allows), held.Scope, cancellationToken);
            }
        }
    }

    /// <summary>Tells the same, of somebody unknown.</summary>
    public Task<bool> MayBringAsync(Actor actor, UnitId unit, CancellationToken cancellationToken) =>
        MayHandOutAsync(actor, unit, [unit.Value], [], cancellationToken);

    /// <summary>Refuses who may not take all that comes with belonging to some units at or below one.</summary>
    /// <param name="left">Units that somebody leaves.</param>
    /// <param name="kept">Units that they go on to belong to.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task RequireToTakeAsync(
        Actor actor, UnitId unit, IReadOnlyList<long> left, IReadOnlyList<long> kept, CancellationToken cancellationToken)
    {
        // Whoever leaves an organisation by its branch leaves what the whole of it shares, too: that is not asked about.
        var above = (await places.PathOfAsync(Scope.Of(unit), cancellationToken)).Skip(1).Select(place => place.Id);
        Require(await MayHandOutAsync(actor, unit, left, [.. kept, .. above], cancellationToken));
    }

    /// <summary>Refuses who may not give whoever holds something at a unit and above the same at a place that goes there.</summary>
    /// <param name="place">The unit or the project that is moved.</param>
    /// <param name="source">The unit above it now.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task RequireToMoveAsync(Actor actor, Scope place, UnitId source, UnitId goal, CancellationToken cancellationToken)
    {
        var arguments = new { goal = goal.Value, source = source.Value, now = clock.GetUtcNow() };
        foreach (var held in (await db.ListAsync<Row>(AtUnits, arguments, cancellationToken)).Select(row => row.Held()))
        {
            Require(RolePermissions.IsSupport(held.Role) || await MayHandOutAsync(actor, held, place, cancellationToken));
        }

        // Who belongs to the moved unit belongs to those above it.
        if (place.Kind == ScopeKind.Unit)
        {
            Require(await MayHandOutAsync(actor, goal, [goal.Value], [source.Value], cancellationToken));
        }
    }

    private async Task<bool> MayHandOutAsync(
        Actor actor, UnitId unit, IReadOnlyList<long> gained, IReadOnlyList<long> kept, CancellationToken cancellationToken)
    {
        foreach (var held in await ListGainedAsync(gained, kept, cancellationToken))
        {
            // What lies in the trash is decided by who holds it in the whole organisation.
            var place = (await places.PathOfAsync(held.Scope, cancellationToken)).Count > 0
                ? held.Scope
                : (await places.PathOfAsync(Scope.Of(unit), cancellationToken)).LastOrDefault(held.Scope);
            if (!await MayHandOutAsync(actor, held, place, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<IReadOnlyList<HeldRole>> ListGainedAsync(
        IReadOnlyList<long> gained, IReadOnlyList<long> kept, CancellationToken cancellationToken)
    {
        var arguments = new { gained = gained.ToArray(), kept = kept.ToArray(), now = clock.GetUtcNow() };
        return [.. (await db.ListAsync<Row>(OfPeople, arguments, cancellationToken)).Select(row => row.Held())];
    }

    private async Task<bool> MayHandOutAsync(Actor actor, HeldRole held, Scope place, CancellationToken cancellationToken) =>
        await policy.HasAsync(actor, place.Kind == ScopeKind.Unit ? Permission.MemberUpdate : Permission.ProjectAssign, place, cancellationToken)
        && await policy.HoldsAllOfAsync(actor, All.Where(held.Allows), place, cancellationToken);

    private static void Require(bool isAllowed)
    {
        if (!isAllowed)
        {
            throw AccessProblems.Denied();
        }
    }

    private sealed class Row
    {
        public string Role { get; init; } = "";

        public string ScopeKind { get; init; } = "";

        public long ScopeId { get; init; }

        public bool IsOwn { get; init; }

        public long? ConditionId { get; init; }

        public string[]? Permissions { get; init; }

        public HeldRole Held() => new(0, Role, new Scope(ScopeNames.KindOf(ScopeKind), ScopeId), default)
        {
            Permissions = Permissions is null ? null : RolePermissions.Named(Permissions),
            IsOwn = IsOwn,
            Condition = ConditionId,
        };
    }
}
