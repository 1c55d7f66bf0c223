using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Tells who can, or could, reach a place, and how: from the rows of places, members, grants and roles, those that ended too.</summary>
/// <remarks>Each row carries the time in which all it rests on held together, so that "on that day" needs no second look.</remarks>
internal sealed class Reach(Db db, TimeProvider clock)
{
    private const string At = """
        with recursive
        span as (select tstzrange(@from, @until, @bounds) as held),
        above as (
            select p.kind, p.id, p.parent_kind, p.parent_id, span.held * tstzrange(p.since, p.until) as held
            from span join access.places p on p.kind = @kind and p.id = @id and span.held && tstzrange(p.since, p.until)
            union all
            select p.kind, p.id, p.parent_kind, p.parent_id, above.held * tstzrange(p.since, p.until)
            from above join access.places p
                on p.kind = above.parent_kind and p.id = above.parent_id and above.held && tstzrange(p.since, p.until)),
        below as (
            select p.kind, p.id, span.held * tstzrange(p.since, p.until) as held
            from span join access.places p
                on p.parent_kind = @kind and p.parent_id = @id and p.kind <> 'unit' and span.held && tstzrange(p.since, p.until)
            where @kind <> 'unit'
            union all
            select p.kind, p.id, below.held * tstzrange(p.since, p.until)
            from below join access.places p
                on p.parent_kind = below.kind and p.parent_id = below.id and below.held && tstzrange(p.since, p.until)),
        given as (
            select g.id, g.subject_kind, g.subject_id, g.role, g.scope_kind, g.scope_id, g.is_own, g.condition_id, g.expires_at, g.granted_by, g.granted_at, here.held * g.during as held
            from (select kind, id, held from above union all select kind, id, held from below) here
            join (
                select id, subject_kind, subject_id, role, scope_kind, scope_id, is_own, condition_id, expires_at, granted_by, granted_at, tstzrange(granted_at, case when least(ended_at, expires_at) < granted_at then granted_at else least(ended_at, expires_at) end) as during
                from access.grants) g
                on g.scope_kind = here.kind and g.scope_id = here.id and here.held && g.during),
        under as (
            select p.id as named, p.id as unit, span.held * tstzrange(p.since, p.until) as held
            from span join access.places p on p.kind = 'unit' and span.held && tstzrange(p.since, p.until)
            where p.id in (select subject_id from given where subject_kind = 'unit')
            union all
            select under.named, p.id, under.held * tstzrange(p.since, p.until)
            from under join access.places p
                on p.kind = 'unit' and p.parent_kind = 'unit' and p.parent_id = under.unit and under.held && tstzrange(p.since, p.until)),
        held_by as (
            select id, subject_kind, subject_id, role, scope_kind, scope_id, is_own, condition_id, expires_at, granted_by, granted_at, held, subject_id as actor, null::bigint as member_of from given where subject_kind = 'actor'
            union all
            select id, subject_kind, subject_id, role, scope_kind, scope_id, is_own, condition_id, expires_at, granted_by, granted_at, held, 0, null::bigint from given where subject_kind = 'everyone'
            union all
            select given.id, given.subject_kind, given.subject_id, given.role, given.scope_kind, given.scope_id, given.is_own, given.condition_id, given.expires_at, given.granted_by, given.granted_at,
                given.held * under.held * tstzrange(m.since, m.until), m.actor_id, m.unit_id
            from given
            join under on given.subject_kind = 'unit' and under.named = given.subject_id and given.held && under.held
            join access.members m on m.unit_id = under.unit and (given.held * under.held) && tstzrange(m.since, m.until))
        select h.id, h.subject_kind, h.subject_id, h.role, h.scope_kind, h.scope_id, h.is_own, h.condition_id, h.expires_at,
            h.granted_by, h.granted_at, h.actor, h.member_of, r.permissions, r.name as role_name
        from held_by h
        left join access.roles r on h.role = 'role:' || r.id and h.held && tstzrange(r.since, r.until)
            and exists (select from above a where a.kind = 'unit' and a.id = r.unit_id and a.held && h.held)
        where @actor::bigint is null or h.actor in (@actor, 0)
        order by h.actor, h.id, h.member_of
        """;

    /// <summary>Lists every way in which anyone reaches a place now, or reached it in a time.</summary>
    /// <param name="span">The time; null for now.</param>
    /// <param name="actor">Only this one's ways, and those of everyone; null for all.</param>
    public async Task<IReadOnlyList<ReachRow>> ListAsync(Scope place, Stretch? span, ActorId? actor, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var rows = await db.ListAsync<Row>(
            At,
            new
            {
                kind = ScopeNames.Of(place.Kind),
                id = place.Id,
                from = span?.From ?? now,
                until = span?.Until ?? now,
                bounds = span is null || span.From == span.Until ? "[]" : "[)",
                actor = actor?.Value,
            },
            cancellationToken);
        return [.. rows.Select(row => row.Reached()).Distinct()];
    }

    private sealed class Row
    {
        public long Id { get; init; }

        public string SubjectKind { get; init; } = "";

        public long SubjectId { get; init; }

        public string Role { get; init; } = "";

        public string ScopeKind { get; init; } = "";

        public long ScopeId { get; init; }

        public bool IsOwn { get; init; }

        public long? ConditionId { get; init; }

        public DateTimeOffset? ExpiresAt { get; init; }

        public long GrantedBy { get; init; }

        public DateTimeOffset GrantedAt { get; init; }

        public long Actor { get; init; }

        public long? MemberOf { get; init; }

        public string[]? Permissions { get; init; }

        public string? RoleName { get; init; }

        public ReachRow Reached() => new(
            new ActorId(Actor),
            MemberOf is { } unit ? new UnitId(unit) : null,
            Id,
            new Grant(
                new Subject(ScopeNames.SubjectOf(SubjectKind), SubjectId), Role, new Scope(ScopeNames.KindOf(ScopeKind), ScopeId))
            {
                IsOwn = IsOwn,
                Condition = ConditionId,
                ExpiresAt = ExpiresAt,
            },
            RoleName,
            Permissions is null ? null : string.Join(' ', Permissions.Order(StringComparer.Ordinal)),
            new ActorId(GrantedBy),
            GrantedAt);
    }
}

/// <summary>A stretch of time, its end not in it unless it is one instant.</summary>
internal sealed record Stretch(DateTimeOffset From, DateTimeOffset Until);

/// <summary>One way in which somebody reaches a place.</summary>
/// <param name="Actor">Who; 0 for everyone who is signed in.</param>
/// <param name="MemberOf">The unit they belong to, through which they hold it; null when the grant is their own.</param>
/// <param name="RoleName">The name of an organisation's own role; null for built-in ones.</param>
/// <param name="OwnPermissions">What an organisation's own role allowed, separated by blanks; null for built-in ones.</param>
internal sealed record ReachRow(
    ActorId Actor,
    UnitId? MemberOf,
    long GrantId,
    Grant Grant,
    string? RoleName,
    string? OwnPermissions,
    ActorId GrantedBy,
    DateTimeOffset GrantedAt)
{
    /// <summary>Whether it lets into projects: to see who works in a unit is not to reach what lies in it.</summary>
    public bool ReachesIn => Allowed().Any(RolePermissions.IsOfProject);

    /// <summary>Gives what it allows at its place.</summary>
    public IEnumerable<Permission> Allowed() =>
        (OwnPermissions is null ? RolePermissions.Of(Grant.Role) : RolePermissions.Named(OwnPermissions.Split(' ')))
        .Where(permission => !(Grant.IsOwn || Grant.Condition is not null) || RolePermissions.IsOfRows(permission))
        .Where(permission => Grant.Scope.Kind is not (ScopeKind.Form or ScopeKind.Deployment or ScopeKind.Stage) || RolePermissions.IsOfForm(permission));
}
