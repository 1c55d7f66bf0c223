using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Removal;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Rights.Removal;

/// <summary>
/// Finds out what the removal of an account would do. Whether somebody may know that is asked before; people of the organisation are named only
/// as far as the policy lets the asker list them.
/// </summary>
internal sealed class RemovalImpacts(
    Policy policy, Places places, OpenedWays ways, IEnumerable<EndOfPerson> others, ServerSettings settings, TimeProvider clock)
{
    // Where a person alone runs a project by a role at it, or alone administers the organisation that it is in.
    private const string Alone = """
        with recursive held as (
            select g.scope_kind, g.scope_id, g.role from access.grants_view g
            where g.subject_kind = 'actor' and g.subject_id = @actor and g.ended_at is null and (g.expires_at is null or g.expires_at > @now)
              and not g.is_own and g.condition_id is null and g.role in ('admin', 'manager') and g.scope_kind in ('unit', 'project')),
        mine as (
            select p.id, p.name, p.unit_id from organisations.projects_view p
            where p.deleted_at is null and (
                p.id in (select scope_id from held where scope_kind = 'project')
                or exists (
                    with recursive up as (
                        select p.unit_id as id
                        union select l.parent_id from up join access.places_view l on l.kind = 'unit' and l.id = up.id and l.until is null where l.parent_id is not null)
                    select from up join held on held.scope_kind = 'unit' and held.scope_id = up.id))),
        others as (
            select mine.id, g.scope_kind from mine
            join lateral (
                with recursive up as (
                    select mine.unit_id as id
                    union select l.parent_id from up join access.places_view l on l.kind = 'unit' and l.id = up.id and l.until is null where l.parent_id is not null)
                select g.scope_kind from access.grants_view g
                where g.subject_kind = 'actor' and g.subject_id <> @actor and g.ended_at is null and g.expires_at is null and not g.is_own
                  and g.condition_id is null and g.role in ('admin', 'manager')
                  and exists (select from accounts.people_view a where a.id = g.subject_id)
                  and ((g.scope_kind = 'project' and g.scope_id = mine.id) or (g.scope_kind = 'unit' and g.scope_id in (select id from up)))
            ) g on true)
        select mine.id, mine.name, mine.unit_id as unit, exists (select from others where others.id = mine.id) as has_others
        from mine
        where not exists (select from others where others.id = mine.id)
           or (mine.id in (select scope_id from held where scope_kind = 'project')
               and not exists (select from others where others.id = mine.id and others.scope_kind = 'project'))
        order by lower(mine.name), mine.id
        limit 1000
        """;
    private const string Candidates = """
        select distinct p.id, p.display_name as name from accounts.people_view p
        where p.id <> @actor and (
            exists (select from access.members_view m where m.actor_id = p.id and m.until is null and m.unit_id in (
                with recursive tree as (
                    select @unit::bigint as id
                    union select l.id from tree join access.places_view l on l.kind = 'unit' and l.parent_id = tree.id and l.until is null)
                select id from tree))
            or exists (
                select from access.grants_view g
                where g.subject_kind = 'actor' and g.subject_id = p.id and g.scope_kind = 'project' and g.scope_id = @project and g.ended_at is null))
        order by 2, 1
        limit 200
        """;

    // Organisations that nobody else administers though others belong to them.
    private const string Left = """
        select g.scope_id from access.grants_view g
        join access.places_view p on p.kind = 'unit' and p.id = g.scope_id and p.until is null and p.parent_id is null
        where g.subject_kind = 'actor' and g.subject_id = @actor and g.role = 'admin' and g.scope_kind = 'unit' and g.ended_at is null
          and not exists (
            select from access.grants_view o
            where o.scope_kind = 'unit' and o.scope_id = g.scope_id and o.role = 'admin' and o.subject_kind = 'actor' and o.subject_id <> @actor
              and o.ended_at is null and o.expires_at is null and exists (select from accounts.people_view a where a.id = o.subject_id))
          and exists (
            with recursive tree as (
                select g.scope_id as id
                union select l.id from tree join access.places_view l on l.kind = 'unit' and l.parent_id = tree.id and l.until is null)
            select from tree join access.members_view m on m.unit_id = tree.id and m.until is null and m.actor_id <> @actor
            join accounts.people_view a on a.id = m.actor_id)
        order by 1
        """;
    private const string Count = """
        select
            (select count(*) from access.members_view where actor_id = @actor and until is null) as units,
            (select count(*) from access.grants_view where subject_kind = 'actor' and subject_id = @actor and ended_at is null) as roles,
            (select count(distinct scope_id) from access.grants_view
             where subject_kind = 'actor' and subject_id = @actor and ended_at is null and scope_kind in ('deployment', 'stage')) as deployments,
            (select count(*) from submissions.sent_view where submitter_id = @actor) as submissions
        """;

    /// <summary>Finds it out about an account.</summary>
    /// <param name="by">Who asks.</param>
    public async Task<RemovalImpact> OfAsync(Sql sql, Actor by, ActorId account, CancellationToken cancellationToken)
    {
        var of = new { actor = account.Value, now = clock.GetUtcNow() };
        var projects = new List<AloneProject>();
        foreach (var row in await sql.ListAsync<Row>(Alone, of, cancellationToken))
        {
            var listed = await HighestListedAsync(by, new ProjectId(row.Id), cancellationToken);
            var people = await sql.ListAsync<Candidate>(
                Candidates, new { actor = account.Value, unit = listed, project = row.Id }, cancellationToken);
            projects.Add(new AloneProject(row.Id, row.Name, row.HasOthers, people));
        }

        return new RemovalImpact(
            projects,
            await sql.ListAsync<long>(Left, of, cancellationToken),
            await LastAdministrators.IsLastOperatorAsync(sql, account, clock.GetUtcNow(), cancellationToken),
            await sql.GetAsync<RemovalCounts>(Count, of, cancellationToken),
            await ways.CountAsync(sql, account, cancellationToken),
            await CountOpenAsync(sql, account, cancellationToken),
            settings.RemovalGrace);
    }

    // The highest unit above a project whose people the asker may list; null for none: then those are named who hold something at the project.
    private async Task<long?> HighestListedAsync(Actor by, ProjectId project, CancellationToken cancellationToken)
    {
        foreach (var above in (await places.PathOfAsync(Scope.Of(project), cancellationToken)).Where(place => place.Kind == ScopeKind.Unit).Reverse())
        {
            if (await policy.HasAsync(by, Permission.MemberList, above, cancellationToken))
            {
                return above.Id;
            }
        }

        return null;
    }

    private async Task<int> CountOpenAsync(Sql sql, ActorId account, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var other in others)
        {
            count += await other.CountAsync(sql, account, cancellationToken);
        }

        return count;
    }

    private sealed record Row(long Id, string Name, long Unit, bool HasOthers);
}

/// <summary>What the removal of an account would do.</summary>
/// <param name="Projects">Those that somebody has to be found for.</param>
/// <param name="LeftUnits">Organisations that stand in the way: others belong to them and nobody else administers them.</param>
/// <param name="IsLastOperator">Whether nobody else runs the server: that stands in the way.</param>
/// <param name="Grace">How long it can be cancelled.</param>
internal sealed record RemovalImpact(
    IReadOnlyList<AloneProject> Projects,
    IReadOnlyList<long> LeftUnits,
    bool IsLastOperator,
    RemovalCounts Counts,
    OpenedCount Ways,
    int ExportLinks,
    TimeSpan Grace);

/// <summary>A project that nobody else runs by a role at it.</summary>
/// <param name="HasOthers">Whether others run the unit that it is in, so that it can stay with them.</param>
/// <param name="Candidates">People it could be handed to: those who hold something there, and those of the organisation whom the asker may list.</param>
internal sealed record AloneProject(long Id, string Name, bool HasOthers, IReadOnlyList<Candidate> Candidates);

/// <summary>Somebody a project could be handed to.</summary>
internal sealed record Candidate(long Id, string Name);

/// <summary>How much there is.</summary>
/// <param name="Submissions">What they sent; it stays, under another name in each project.</param>
internal sealed record RemovalCounts(long Units, long Roles, long Deployments, long Submissions);
