using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>A role that an actor holds now, directly or through a unit, with what it allows.</summary>
/// <param name="Grant">The number of the grant; 0 for what follows from belonging to a unit or from being oneself.</param>
/// <param name="Role">Its name.</param>
/// <param name="Scope">Where it holds, with everything below.</param>
/// <param name="Through">Whoever the grant names: the actor, a unit of theirs, or everyone.</param>
internal sealed record HeldRole(long Grant, string Role, Scope Scope, Subject Through)
{
    /// <summary>The form that a place below a form belongs to; null for places above forms.</summary>
    public FormId? Form { get; init; }

    /// <summary>What a role of an organisation's own allows; null for the built-in ones.</summary>
    public IReadOnlySet<Permission>? Permissions { get; init; }

    /// <summary>Only for submissions that the actor sent.</summary>
    public bool IsOwn { get; init; }

    /// <summary>Only for submissions that this condition matches; null for all.</summary>
    public long? Condition { get; init; }

    /// <summary>When it ends by itself; null when never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Whether it is about some submissions only: one's own, those of a condition, those of a deployment or a draft.</summary>
    public bool IsLimited => IsOwn || Condition is not null || Scope.Kind is ScopeKind.Deployment or ScopeKind.Stage or ScopeKind.Draft;

    /// <summary>Tells whether the role includes a permission at the kind of place where it is held.</summary>
    public bool Allows(Permission permission) =>
        (Permissions?.Contains(permission) ?? RolePermissions.Allows(Role, permission))
        && (Scope.Kind is ScopeKind.Project or ScopeKind.Form || !RolePermissions.IsConfidential(permission))
        && (!(IsOwn || Condition is not null) || RolePermissions.IsOfRows(permission))
        && (Scope.Kind is not (ScopeKind.Form or ScopeKind.Deployment or ScopeKind.Stage or ScopeKind.Draft) || RolePermissions.IsOfForm(permission));
}
