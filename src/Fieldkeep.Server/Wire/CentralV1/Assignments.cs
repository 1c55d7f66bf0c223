using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Lists grants in the shapes of Central's assignments. Who hands out roles at a place sees who holds them there.</summary>
internal sealed class Assignments(Policy policy, GrantRows grants, AccountQueries accounts, FormQueries forms)
{
    /// <summary>Lists roles held at exactly one place.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<AssignmentV1>> ListAsync(
        Actor actor, RolePlace place, string? role, bool isExtended, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, place, cancellationToken);
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
        await RequireAsync(actor, RolePlace.Of(project), cancellationToken);
        var names = (await forms.ListAsync(project.Id, cancellationToken)).ToDictionary(form => form.Id, form => form.XmlFormId);
        var held = Of(await grants.ListAtFormsAsync(names.Keys, cancellationToken), role);
        return await ShowAsync(held, isExtended, grant => names[new FormId(grant.Scope.Id)], cancellationToken);
    }

    private Task RequireAsync(Actor actor, RolePlace place, CancellationToken cancellationToken) =>
        policy.RequireAsync(
            actor,
            Permission.ProjectAssign,
            place.Unit is { } unit ? Scope.Of(unit) : Scope.Of(place.ProjectId),
            cancellationToken);

    /// <summary>Leaves what Central has a word for: roles of single actors that are limited to no submissions; of one role only when it is named.</summary>
    public static IReadOnlyList<(ActorId Actor, Grant Grant)> Of(IReadOnlyList<GrantRow> held, string? role) =>
    [
        .. held
            .Where(row => row.Grant is { IsOwn: false, Condition: null }
                && (role is null ? CentralRole.NumberOf(row.Grant.Role) is not null : row.Grant.Role == role))
            .Select(row => (row.Actor, row.Grant))
            .Where(one => one.Actor is not null)
            .Select(one => (one.Actor.GetValueOrDefault(), one.Grant)),
    ];

    private async Task<IReadOnlyList<AssignmentV1>> ShowAsync(
        IReadOnlyList<(ActorId Actor, Grant Grant)> held, bool isExtended, Func<Grant, string?> formOf, CancellationToken cancellationToken)
    {
        var known = isExtended
            ? await accounts.ActorsAsync(held.Select(one => one.Actor.Value), cancellationToken)
            : new Dictionary<long, KnownActor>();
        return
        [
            .. held.Select(one => new AssignmentV1(CentralRole.NumberOf(one.Grant.Role) ?? 0)
            {
                ActorId = isExtended ? null : one.Actor.Value,
                Actor = ActorDetailV1.Of(known.GetValueOrDefault(one.Actor.Value)),
                XmlFormId = formOf(one.Grant),
            }),
        ];
    }
}
