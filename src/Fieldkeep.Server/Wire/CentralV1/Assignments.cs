using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Lists grants in the shapes of Central's assignments. Who hands out roles at a place sees who holds them there.</summary>
internal sealed class Assignments(Grants grants, AccountQueries accounts, FormQueries forms)
{
    /// <summary>Lists roles held at exactly one place.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<AssignmentV1>> ListAsync(
        Actor actor, RolePlace place, string? role, bool isExtended, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, place.Project, cancellationToken);
        var held = Of(await grants.ListAtAsync(place.Scope, cancellationToken), role);
        return await ShowAsync(held, isExtended, _ => null, cancellationToken);
    }

    /// <summary>Lists who holds a role at exactly one place.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<ActorDetailV1>> ListActorsAsync(
        Actor actor, RolePlace place, string role, CancellationToken cancellationToken) =>
        [.. (await ListAsync(actor, place, role, isExtended: true, cancellationToken)).Select(one => one.Actor).OfType<ActorDetailV1>()];

    /// <summary>Lists roles held at single forms of a project.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<AssignmentV1>> ListAtFormsAsync(
        Actor actor, ProjectRef project, string? role, bool isExtended, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, project, cancellationToken);
        var names = (await forms.ListAsync(project.Id, cancellationToken)).ToDictionary(form => form.Id, form => form.XmlFormId);
        var held = Of(await grants.ListAtFormsAsync(names.Keys, cancellationToken), role);
        return await ShowAsync(held, isExtended, grant => names[new FormId(grant.Scope.Id)], cancellationToken);
    }

    private Task RequireAsync(Actor actor, ProjectRef? project, CancellationToken cancellationToken) =>
        grants.RequireAsync(
            actor, Permission.ProjectAssign, project is null ? Scope.Installation : Scope.Of(project.Id), cancellationToken);

    private static List<Grant> Of(IReadOnlyList<Grant> held, string? role) =>
        [.. held.Where(grant => role is null ? CentralRole.NumberOf(grant.Role) is not null : grant.Role == role)];

    private async Task<IReadOnlyList<AssignmentV1>> ShowAsync(
        List<Grant> held, bool isExtended, Func<Grant, string?> formOf, CancellationToken cancellationToken)
    {
        var known = isExtended
            ? await accounts.ActorsAsync(held.Select(grant => grant.Actor.Value), cancellationToken)
            : new Dictionary<long, KnownActor>();
        return
        [
            .. held.Select(grant => new AssignmentV1(CentralRole.NumberOf(grant.Role) ?? 0)
            {
                ActorId = isExtended ? null : grant.Actor.Value,
                Actor = ActorDetailV1.Of(known.GetValueOrDefault(grant.Actor.Value)),
                XmlFormId = formOf(grant),
            }),
        ];
    }
}
