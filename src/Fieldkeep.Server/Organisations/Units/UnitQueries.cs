using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.Units;

/// <summary>Reads organisations and their units.</summary>
internal sealed class UnitQueries(Db db, Policy policy, AppUserQueries appUsers)
{
    private const string Organisations = """
        select o.id, u.id as unit, u.name, o.created_at,
            (select count(distinct m.actor_id) from organisations.units b
             join access.members_view m on m.unit_id = b.id and m.until is null
             where b.organisation_id = o.id and b.deleted_at is null) as people,
            (select count(*) from organisations.units b
             where b.organisation_id = o.id and b.parent_id is not null and b.deleted_at is null) as units,
            (select count(*) from organisations.projects p where p.organisation_id = o.id and p.deleted_at is null) as projects,
            exists (select from organisations.units b where b.organisation_id = o.id and b.id = any (@seen)) as is_member
        from organisations.organisations o join organisations.units u on u.organisation_id = o.id and u.parent_id is null
        where @all or exists (select from organisations.units b where b.organisation_id = o.id and b.id = any (@seen))
        order by lower(u.name), o.id
        limit 10000
        """;
    private const string Chart = """
        with recursive down as (
            select id, 0 as level from organisations.units where id = @id and deleted_at is null
            union all
            select u.id, down.level + 1 from down join organisations.units u on u.parent_id = down.id and u.deleted_at is null)
        select u.id, u.organisation_id, u.parent_id, u.kind, u.name, u.created_at, u.deleted_at,
            (select count(*) from access.members_view m where m.unit_id = u.id and m.until is null) as members,
            (select count(*) from organisations.projects p where p.unit_id = u.id and p.deleted_at is null) as projects
        from down join organisations.units u on u.id = down.id
        order by down.level, lower(u.name), u.id
        limit 10000
        """;
    private const string Removed = """
        select id, organisation_id, parent_id, kind, name, created_at, deleted_at
        from organisations.units
        where parent_id = @id and deleted_at is not null and removed_with = id
        order by deleted_at desc, id
        limit 1000
        """;
    private const string Above = """
        with recursive up as (
            select id, parent_id, 0 as height from organisations.units where id = @id
            union all
            select u.id, u.parent_id, up.height + 1 from up join organisations.units u on u.id = up.parent_id)
        select u.id, u.organisation_id, u.parent_id, u.kind, u.name, u.created_at, u.deleted_at
        from up join organisations.units u on u.id = up.id
        order by up.height desc
        """;
    private const string Named = """
        select id, organisation_id, parent_id, kind, name, created_at, deleted_at from organisations.units where id = any (@ids)
        """;
    private const string ProjectsOf = """
        select id from organisations.projects where unit_id = any (@units) and deleted_at is null
        """;
    private const string Counts = """
        select
            (select count(distinct m.actor_id) from access.members_view m where m.unit_id = any (@units) and m.until is null) as members,
            (select count(*) from access.grants_view g
             where g.ended_at is null
               and ((g.scope_kind = 'unit' and g.scope_id = any (@units)) or (g.scope_kind = 'project' and g.scope_id = any (@projects)))) as grants
        """;

    /// <summary>Lists the organisations that the actor belongs to; whoever runs the server sees the names and counts of all.</summary>
    public async Task<IReadOnlyList<CountedOrganisation>> ListOrganisationsAsync(Actor actor, CancellationToken cancellationToken)
    {
        var seen = await policy.ScopesWithAsync(actor, Permission.UnitRead, cancellationToken);
        var all = seen.IsEverywhere || await policy.HasAsync(actor, Permission.OrganisationCreate, Scope.Installation, cancellationToken);
        var rows = await db.ListAsync<OrganisationRow>(Organisations, new { all, seen = seen.Units.ToArray() }, cancellationToken);
        return
        [
            .. rows.Select(row => new CountedOrganisation(
                new Organisation(new OrganisationId(row.Id), new UnitId(row.Unit), row.Name, row.CreatedAt),
                (int)row.People,
                (int)row.Units,
                (int)row.Projects,
                row.IsMember)),
        ];
    }

    /// <summary>Gives a unit and all below it, nearest first, each with what lies directly in it.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<ChartedUnit>> ChartAsync(Actor actor, UnitId id, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.UnitRead, Scope.Of(id), cancellationToken);
        var rows = await db.ListAsync<ChartRow>(Chart, new { id = id.Value }, cancellationToken);
        return rows.Count > 0 ? [.. rows.Select(row => row.Charted())] : throw AccessProblems.Unseen();
    }

    /// <summary>Lists the units that lay directly below and are in the trash, newest first.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<Unit>> ListRemovedAsync(Actor actor, UnitId id, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.UnitUpdate, Scope.Of(id), cancellationToken);
        return [.. (await db.ListAsync<UnitRow>(Removed, new { id = id.Value }, cancellationToken)).Select(row => row.Unit())];
    }

    /// <summary>Counts what would go to the trash with a unit.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>unit.root</c>.</exception>
    public async Task<UnitContents> ContentsAsync(Actor actor, UnitId id, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.UnitUpdate, Scope.Of(id), cancellationToken);
        if (await UnitTree.FindAsync(db, id, cancellationToken) is not { RemovedAt: null } unit)
        {
            throw AccessProblems.Unseen();
        }

        if (unit.Parent is null)
        {
            throw OrganisationProblems.Root();
        }

        var units = (await Places.UnitsBelowAsync(db, id, cancellationToken)).Select(one => one.Value).ToArray();
        var projects = (await db.ListAsync<long>(ProjectsOf, new { units }, cancellationToken)).ToArray();
        var phones = await appUsers.CountAsync(projects, cancellationToken);
        var counted = await db.GetAsync<CountRow>(Counts, new { units, projects }, cancellationToken);
        return new UnitContents(units.Length, (int)counted.Members, projects.Length, phones.Values.Sum(), (int)counted.Grants);
    }

    /// <summary>Gives the unit and those above it, the organisation first; empty when there is no such unit. Whether the asker may see it is the caller's to know.</summary>
    public async Task<IReadOnlyList<Unit>> PathAsync(UnitId id, CancellationToken cancellationToken) =>
        [.. (await db.ListAsync<UnitRow>(Above, new { id = id.Value }, cancellationToken)).Select(row => row.Unit())];

    /// <summary>Gives units by their numbers, those in the trash too; unknown ones are left out.</summary>
    public async Task<IReadOnlyDictionary<long, Unit>> NamedAsync(IEnumerable<long> ids, CancellationToken cancellationToken) =>
        (await db.ListAsync<UnitRow>(Named, new { ids = ids.Distinct().ToArray() }, cancellationToken)).ToDictionary(row => row.Id, row => row.Unit());

    private sealed record OrganisationRow(
        long Id, long Unit, string Name, DateTimeOffset CreatedAt, long People, long Units, long Projects, bool IsMember);

    private sealed record ChartRow(
        long Id,
        long OrganisationId,
        long? ParentId,
        string Kind,
        string Name,
        DateTimeOffset CreatedAt,
        DateTimeOffset? DeletedAt,
        long Members,
        long Projects)
    {
        public ChartedUnit Charted() =>
            new(new UnitRow(Id, OrganisationId, ParentId, Kind, Name, CreatedAt, DeletedAt).Unit(), (int)Members, (int)Projects);
    }

    private sealed record CountRow(long Members, long Grants);
}
