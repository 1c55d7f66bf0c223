using Fieldkeep.Server.Access;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments;

/// <summary>Reads out of the roles that the policy found what someone is to a deployment.</summary>
internal static class DeploymentRoles
{
    /// <summary>Gives what an actor may do to the submissions of a deployment.</summary>
    /// <param name="allowing">The roles that allow changing submissions of its form.</param>
    public static StageActor StageActorOf(Actor actor, Decision allowing, Deployment deployment)
    {
        var isFormAdmin = IsFormAdmin(allowing);
        return new StageActor(
            actor.Id,
            deployment.IsActive && Holds(allowing, RolePermissions.Enumerator, Scope.Of(deployment.Id)),
            deployment.Stages.Select(stage => stage.Id)
                .Where(stage => Holds(allowing, RolePermissions.Approver, Scope.Of(stage))).ToHashSet(),
            isFormAdmin
                || Holds(allowing, RolePermissions.DeploymentManager, Scope.Of(deployment.Id))
                || Holds(allowing, RolePermissions.DeploymentAdmin, Scope.Of(deployment.Id)),
            isFormAdmin);
    }

    /// <summary>Gives the deployments, out of those of a form, that a sender collects for, closed ones too.</summary>
    /// <param name="allowing">The roles that allow sending submissions of the form.</param>
    public static IReadOnlyList<Deployment> CollectedFor(Decision allowing, IReadOnlyList<Deployment> deployments) =>
        [.. deployments.Where(deployment => Holds(allowing, RolePermissions.Enumerator, Scope.Of(deployment.Id)))];

    /// <summary>Tells whether any of these roles is held at a deployment or at one of its stages.</summary>
    public static bool IsIn(Decision decision, Deployment deployment) =>
        decision.Because.Any(role => role.Scope == Scope.Of(deployment.Id)
            || deployment.Stages.Any(stage => role.Scope == Scope.Of(stage.Id)));

    /// <summary>Tells whether these roles reach all submissions of their form, those of deleted deployments too.</summary>
    /// <param name="allowing">The roles that allow changing submissions of the form.</param>
    public static bool IsFormAdmin(Decision allowing) => allowing.IsOfServer || allowing.Because.Any(IsOfWholeForm);

    /// <summary>Tells whether a role reaches all submissions of a form in every state: it changes them too.</summary>
    public static bool IsOfWholeForm(HeldRole role) => !role.IsLimited && role.Allows(Permission.SubmissionUpdate);

    private static bool Holds(Decision decision, string role, Scope scope) =>
        decision.Because.Any(held => held.Role == role && held.Scope == scope && !held.IsOwn && held.Condition is null);
}
