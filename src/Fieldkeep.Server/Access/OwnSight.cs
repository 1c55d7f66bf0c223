using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>
/// Sees to it that nobody lets themselves read or replace confidential answers while somebody else could let them: running a project
/// does not imply it, and must not be one step away from it.
/// </summary>
internal sealed class OwnSight(Policy policy, Reach reach, HeldRoles roles)
{
    /// <summary>Refuses someone who gives to themselves, or to a unit of theirs, a right to confidential answers that they do not hold for good.</summary>
    /// <param name="permissions">All that is given.</param>
    /// <exception cref="ProblemException"><c>access.own_confidential</c>.</exception>
    public async Task RequireAsync(
        Actor actor, Subject subject, IEnumerable<Permission> permissions, Scope place, CancellationToken cancellationToken)
    {
        if (place.Kind is not (ScopeKind.Project or ScopeKind.Form) || !WhoAsks.IsPerson(actor) || !await IsOfAsync(actor, subject, cancellationToken))
        {
            return;
        }

        foreach (var permission in permissions.Where(RolePermissions.IsConfidential))
        {
            if (!await policy.HoldsForGoodAsync(actor, permission, place, cancellationToken) && await CouldAnotherAsync(actor, place, cancellationToken))
            {
                throw AccessProblems.OwnConfidential();
            }
        }
    }

    /// <summary>The same for what an organisation's own role would begin to allow wherever the actor holds it.</summary>
    /// <exception cref="ProblemException"><c>access.own_confidential</c>.</exception>
    public async Task RequireOfRoleAsync(
        Actor actor, string role, IReadOnlyCollection<Permission> permissions, CancellationToken cancellationToken)
    {
        foreach (var held in (await roles.OfAsync(actor, cancellationToken)).Where(one => one.Role == role))
        {
            await RequireAsync(actor, Subject.Of(actor.Id), permissions, held.Scope, cancellationToken);
        }
    }

    private async Task<bool> IsOfAsync(Actor actor, Subject subject, CancellationToken cancellationToken) => subject.Kind switch
    {
        SubjectKind.Actor => subject.Id == actor.Id.Value,
        SubjectKind.Unit => (await roles.OfAsync(actor, cancellationToken))
            .Any(role => role.Role == RolePermissions.Member && role.Scope == Scope.Of(new UnitId(subject.Id))),
        _ => true,
    };

    // Whoever is alone has nobody to ask: it stands in the books.
    private async Task<bool> CouldAnotherAsync(Actor actor, Scope place, CancellationToken cancellationToken) =>
        (await reach.ListAsync(place, null, null, cancellationToken)).Any(way =>
            way.Actor != actor.Id && way.Actor.Value != 0 && way.Grant.Scope.Kind is ScopeKind.Unit or ScopeKind.Project
            && way.Allowed().Contains(Permission.ProjectAssign));
}
