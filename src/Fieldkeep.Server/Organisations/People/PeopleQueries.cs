using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.People;

/// <summary>Lists who belongs to a unit, or to one below, with what they hold.</summary>
internal sealed class PeopleQueries(Db db, Policy policy, Places places, TimeProvider clock)
{
    private const int MostWords = 10;

    private const string Below = """
        with recursive down as (
            select kind, id from access.places_view where kind = 'unit' and id = @unit and until is null
            union
            select p.kind, p.id from down join access.places_view p on p.parent_kind = down.kind and p.parent_id = down.id and p.until is null),
        here as (
            select m.actor_id, m.unit_id from down join access.members_view m on down.kind = 'unit' and m.unit_id = down.id and m.until is null
            union all
            select g.subject_id, null from down join access.grants_view g
                on g.scope_kind = down.kind and g.scope_id = down.id and g.subject_kind = 'actor' and g.ended_at is null
                and (g.expires_at is null or g.expires_at > @now))

        """;
    private const string Listed = Below + """
        select p.id, p.display_name, p.email, p.last_seen_at, p.has_second_factor, array_remove(array_agg(distinct here.unit_id), null) as units
        from here join accounts.people_view p on p.id = here.actor_id
        where not exists (select from unnest(@words) as word where strpos(lower(p.email || ' ' || p.display_name), lower(word)) = 0)
            and (@after::bigint is null or (lower(p.display_name), p.id) > (
                select lower(display_name), id from accounts.people_view where id = @after))
        group by p.id, p.display_name, p.email, p.last_seen_at, p.has_second_factor
        order by lower(p.display_name), p.id
        limit @limit
        """;
    private const string Count = Below + """
        select count(distinct p.id) from here join accounts.people_view p on p.id = here.actor_id
        """;
    private const string One = Below + """
        select p.id, p.display_name, p.email, p.last_seen_at, p.has_second_factor, array_remove(array_agg(distinct here.unit_id), null) as units
        from here join accounts.people_view p on p.id = here.actor_id
        where p.id = @person
        group by p.id, p.display_name, p.email, p.last_seen_at, p.has_second_factor
        """;
    private const string Held = """
        with recursive up as (
            select distinct m.actor_id, m.unit_id as id from access.members_view m
            join access.places_view p on p.kind = 'unit' and p.id = m.unit_id and p.until is null
            where m.actor_id = any (@people) and m.until is null
            union
            select up.actor_id, p.parent_id from up join access.places_view p
                on p.kind = 'unit' and p.id = up.id and p.until is null and p.parent_id is not null),
        down as (
            select kind, id from access.places_view where kind = 'unit' and id = @unit and until is null
            union
            select p.kind, p.id from down join access.places_view p on p.parent_kind = down.kind and p.parent_id = down.id and p.until is null)
        select g.id, g.subject_id as actor_id, g.subject_kind, g.subject_id, g.role, g.scope_kind, g.scope_id, g.is_own, g.condition_id, g.expires_at
        from access.grants_view g
        where g.subject_kind = 'actor' and g.subject_id = any (@people) and g.ended_at is null and (g.expires_at is null or g.expires_at > @now)
            and ((g.scope_kind, g.scope_id) in (select kind, id from down) or (g.scope_kind = 'unit' and g.scope_id = any (@above)))
        union all
        select g.id, up.actor_id, g.subject_kind, g.subject_id, g.role, g.scope_kind, g.scope_id, g.is_own, g.condition_id, g.expires_at
        from access.grants_view g join up on g.subject_kind = 'unit' and g.subject_id = up.id
        where g.ended_at is null and (g.expires_at is null or g.expires_at > @now)
            and ((g.scope_kind, g.scope_id) in (select kind, id from down) or (g.scope_kind = 'unit' and g.scope_id = any (@above)))
        order by actor_id, id
        """;

    /// <summary>Lists people by name.</summary>
    /// <param name="search">Only those whose name or address holds each of these words.</param>
    /// <param name="after">The last person of the page before; null to begin.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<PeoplePage> ListAsync(
        Actor actor, UnitId unit, string? search, long? after, int limit, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.MemberList, Scope.Of(unit), cancellationToken);
        var arguments = new
        {
            unit = unit.Value,
            words = (search ?? "").Split((char[]?)null, MostWords, StringSplitOptions.RemoveEmptyEntries),
            after,
            limit = limit + 1,
            now = clock.GetUtcNow(),
        };
        var rows = await db.ListAsync<PersonRow>(Listed, arguments, cancellationToken);
        var all = await db.GetAsync<long>(Count, arguments, cancellationToken);
        var shown = rows.Take(limit).ToList();
        return new PeoplePage(
            await WithRolesAsync(unit, shown, cancellationToken), rows.Count > limit ? shown[^1].Id : null, (int)all);
    }

    /// <summary>Gives one person of a unit or of one below.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>member.not_found</c>.</exception>
    public async Task<Person> GetAsync(Actor actor, UnitId unit, ActorId person, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.MemberList, Scope.Of(unit), cancellationToken);
        var row = await db.FindAsync<PersonRow>(
            One, new { unit = unit.Value, person = person.Value, now = clock.GetUtcNow() }, cancellationToken) ?? throw OrganisationProblems.PersonUnknown();
        return (await WithRolesAsync(unit, [row], cancellationToken))[0];
    }

    private async Task<IReadOnlyList<Person>> WithRolesAsync(UnitId unit, IReadOnlyList<PersonRow> rows, CancellationToken cancellationToken)
    {
        var above = (await places.PathOfAsync(Scope.Of(unit), cancellationToken)).Skip(1).Select(place => place.Id).ToArray();
        var held = await db.ListAsync<HeldRow>(
            Held,
            new { unit = unit.Value, above, people = rows.Select(row => row.Id).ToArray(), now = clock.GetUtcNow() },
            cancellationToken);
        var byPerson = held.ToLookup(row => row.ActorId);
        return
        [
            .. rows.Select(row => new Person(
                new ActorId(row.Id),
                row.DisplayName,
                row.Email,
                row.LastSeenAt,
                row.HasSecondFactor,
                row.Units,
                [.. byPerson[row.Id].Select(one => one.Shown(above))])),
        ];
    }

    private sealed class PersonRow
    {
        public long Id { get; init; }

        public string DisplayName { get; init; } = "";

        public string Email { get; init; } = "";

        public DateTimeOffset? LastSeenAt { get; init; }

        public bool HasSecondFactor { get; init; }

        public long[] Units { get; init; } = [];
    }

    private sealed class HeldRow
    {
        public long Id { get; init; }

        public long ActorId { get; init; }

        public string SubjectKind { get; init; } = "";

        public long SubjectId { get; init; }

        public string Role { get; init; } = "";

        public string ScopeKind { get; init; } = "";

        public long ScopeId { get; init; }

        public bool IsOwn { get; init; }

        public long? ConditionId { get; init; }

        public DateTimeOffset? ExpiresAt { get; init; }

        public PersonRole Shown(long[] above) => new(
            Id,
            new Grant(new Subject(ScopeNames.SubjectOf(SubjectKind), SubjectId), Role, new Scope(ScopeNames.KindOf(ScopeKind), ScopeId))
            {
                IsOwn = IsOwn,
                Condition = ConditionId,
                ExpiresAt = ExpiresAt,
            },
            ScopeKind == "unit" && above.Contains(ScopeId));
    }
}

/// <summary>A part of the people of a unit.</summary>
/// <param name="Next">The last person of this page, to go on after; null at the end.</param>
/// <param name="All">How many there are in all, whatever is searched.</param>
internal sealed record PeoplePage(IReadOnlyList<Person> Items, long? Next, int All);

/// <summary>Somebody who belongs to a unit, or holds a role in it.</summary>
/// <param name="Units">Units they belong to, at or below the one asked about; empty for guests, who hold single roles.</param>
/// <param name="Roles">What they hold there, below, and above.</param>
internal sealed record Person(
    ActorId Id,
    string DisplayName,
    string Email,
    DateTimeOffset? LastSeenAt,
    bool HasSecondFactor,
    IReadOnlyList<long> Units,
    IReadOnlyList<PersonRole> Roles);

/// <summary>A role that a person holds.</summary>
/// <param name="GrantId">The grant behind it.</param>
/// <param name="IsInherited">Whether it comes from a unit above.</param>
internal sealed record PersonRole(long GrantId, Grant Grant, bool IsInherited);
