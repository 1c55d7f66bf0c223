using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments;

/// <summary>What can be wrong with a deployment.</summary>
internal static class DeploymentProblems
{
    public static ProblemException NotFound() =>
        new("deployment.not_found", 404, "There is no such deployment of this form that you may see.");

    public static ProblemException NameInvalid() =>
        new("deployment.name_invalid", 422, "A deployment and each of its stages has a name of 1 to 255 characters.");

    public static ProblemException Exists(string name) =>
        new("deployment.exists", 409, $"The form has a deployment “{name}” already. Give this one another name.");

    public static ProblemException StagesInvalid(int most) => new(
        "deployment.stages_invalid",
        422,
        $"A deployment has at most {most} stages, each of which is its own and wants 1 to 20 approvals.");

    public static ProblemException ConfirmFinal(long count) => new(
        "deployment.confirm_final",
        409,
        $"{count} submissions wait at stages that you take out, and would become final: viewers would see them. Send “confirmFinal”: {count} if that is meant.")
    { Details = new Dictionary<string, object?>(StringComparer.Ordinal) { ["wouldBecomeFinal"] = count } };

    public static ProblemException RoleUnfit() => new(
        "deployment.role_unfit",
        422,
        "People are enumerators, viewers, managers or administrators of a deployment, or approvers at one of its stages; not everyone may be approver, manager or administrator, and app users and public links are only enumerators.");

    public static ProblemException PersonUnknown() =>
        new("deployment.person_unknown", 422, "There is no such person, app user of this project, public link of this form, or unit.");

    public static ProblemException AppUserElsewhere(string name) => new(
        "deployment.app_user_elsewhere",
        409,
        $"This app user or public link collects for the deployment “{name}” of the form already. Take it out there first: what it sends goes to one deployment.");

    public static ProblemException Closed(string name) => new(
        "deployment.closed",
        409,
        $"The deployment “{name}” is closed and takes no submissions. Keep the form on the phone and ask the deployment's manager to open it.")
    { CentralCode = 409.2m };

    public static ProblemException Ambiguous() => new(
        "deployment.ambiguous",
        409,
        "You collect for more than one deployment of this form, so the server cannot know which one is meant. Keep the form on the phone and ask the form's manager to leave you in one.")
    { CentralCode = 409.2m };
}
