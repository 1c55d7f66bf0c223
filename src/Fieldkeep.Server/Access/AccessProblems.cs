using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>The refusals of the Access room. What may not be seen does not exist: 404 before 403.</summary>
internal static class AccessProblems
{
    /// <summary>Nobody is signed in.</summary>
    public static ProblemException SignInNeeded() =>
        new("session.none", 401, "Sign in first: this address answers only people and devices it knows.");

    /// <summary>The actor may see the place but not do this.</summary>
    public static ProblemException Denied() =>
        new("access.denied", 403, "Your role does not allow this here. Ask an administrator for a role that does.");

    /// <summary>The actor may not know whether the place exists.</summary>
    public static ProblemException Unseen() =>
        new("access.not_found", 404, "There is nothing at this address that you may see.");
}
