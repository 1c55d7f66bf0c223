using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Decides about what was let in some time ago, by rights that may have been taken away before it.</summary>
internal sealed class RightsSince(Db db, Policy policy, TimeProvider clock)
{
    // Of whoever belongs to units, or of everyone, any role that ended may have been the one.
    private const string HasEnded = """
        select exists (
            select from access.grants g
            where (g.subject_kind <> 'actor' or g.subject_id = @actor) and (g.ended_at > @since or (g.expires_at > @since and g.expires_at <= @now)))
          or exists (select from access.members m where m.actor_id = @actor and m.until > @since)
        """;

    /// <summary>Tells whether somebody may have had a right at a form at an instant: they have it now, or lost one after it. What lies in the trash by now is no reason against it.</summary>
    public async Task<bool> MayHaveHadAsync(
        Actor actor, Permission permission, ProjectId project, FormId form, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var decision = await policy.DecideAsync(actor, permission, project, form, cancellationToken);
        return decision.IsAllowed
            || !await IsThereAsync(project, cancellationToken)
            || await db.GetAsync<bool>(HasEnded, new { actor = actor.Id.Value, since, now = clock.GetUtcNow() }, cancellationToken);
    }

    private async Task<bool> IsThereAsync(ProjectId project, CancellationToken cancellationToken) =>
        (await policy.DecideAsync(Actor.System(Door.Job), Permission.ProjectRead, Scope.Of(project), cancellationToken)).IsAllowed;
}
