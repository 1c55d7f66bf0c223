using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Decides about what was let in some time ago, by rights that may have been taken away before it.</summary>
internal sealed class RightsSince(Db db, Policy policy, TimeProvider clock)
{
    // A role that ended may have been the one when it was the actor's own, or of a unit that they belong to or did then; not one at another project or form.
    private const string HasEnded = """
        with recursive units as (
            select m.unit_id as id from access.members m where m.actor_id = @actor and (m.until is null or m.until > @since)
            union
            select p.parent_id from units u join access.places p on p.kind = 'unit' and p.id = u.id and (p.until is null or p.until > @since)
            where p.parent_id is not null)
        select exists (
            select from access.grants g
            where ((g.subject_kind = 'actor' and g.subject_id = @actor)
                or (g.subject_kind = 'unit' and g.subject_id in (select id from units))
                or (g.subject_kind = 'everyone' and @is_account))
              and not (g.scope_kind = 'project' and g.scope_id <> @project) and not (g.scope_kind = 'form' and g.scope_id <> @form)
              and (g.ended_at > @since or (g.expires_at > @since and g.expires_at <= @now)))
          or exists (select from access.members m where m.actor_id = @actor and m.until > @since)
        """;

    /// <summary>Tells whether somebody may have had a right at a form at an instant: they have it now, or lost one after it. What lies in the trash by now is no reason against it.</summary>
    public async Task<bool> MayHaveHadAsync(
        Actor actor, Permission permission, ProjectId project, FormId form, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var decision = await policy.DecideAsync(actor, permission, project, form, cancellationToken);
        return decision.IsAllowed

            // What was let in before a suspension, or within the seconds before its server knew of it, is not undone by it.
            || decision.Suspended is not null
            || !await IsThereAsync(project, cancellationToken)
            || await db.GetAsync<bool>(HasEnded, Arguments(), cancellationToken);

        object Arguments() => new
        {
            actor = actor.Id.Value,
            is_account = WhoAsks.IsPerson(actor),
            project = project.Value,
            form = form.Value,
            since,
            now = clock.GetUtcNow(),
        };
    }

    private async Task<bool> IsThereAsync(ProjectId project, CancellationToken cancellationToken) =>
        (await policy.DecideAsync(Actor.System(Door.Job), Permission.ProjectRead, Scope.Of(project), cancellationToken)).IsAllowed;
}
