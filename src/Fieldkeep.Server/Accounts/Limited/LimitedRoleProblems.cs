using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Limited;

/// <summary>What can go wrong with roles for some submissions.</summary>
internal static class LimitedRoleProblems
{
    public static ProblemException Unlimited() => new(
        "role.unlimited",
        400,
        "Say which submissions the role is for: isOwn true for those the person sent, or conditionId for those a row condition holds for; not both.");

    public static ProblemException Over() => new("role.over", 400, "“expiresAt” is over already. Leave it out for a role that does not end by itself.");

    public static ProblemException Unfit(string role) => new(
        "role.unfit", 422, $"“{role}” cannot be limited to some submissions: “viewer” and “manager” can, and “viewer” alone for everyone.");

    public static ProblemException Held() => new("role.held", 409, "This role is held already with this limit.");

    public static ProblemException NotHeld() => new("role.not_held", 404, "There is no such limited role at this form.");
}
