using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>The refusals of the Access room. What may not be seen does not exist: 404 before 403.</summary>
internal static class AccessProblems
{
    /// <summary>The code of <see cref="Unseen"/>.</summary>
    public const string UnseenCode = "access.not_found";

    /// <summary>Nobody is signed in.</summary>
    public static ProblemException SignInNeeded() =>
        new("session.none", 401, "Sign in first: this address answers only people and devices it knows.");

    /// <summary>The actor may see the place but not do this.</summary>
    public static ProblemException Denied() =>
        new("access.denied", 403, "Your role does not allow this here. Ask an administrator for a role that does.");

    /// <summary>The actor would let themselves read confidential answers.</summary>
    public static ProblemException OwnConfidential() => new(
        "access.own_confidential",
        403,
        "Nobody gives the right to confidential answers to themselves, or to a team of their own. Ask somebody else who hands out roles here.");

    /// <summary>The actor may not know whether the place exists.</summary>
    public static ProblemException Unseen() =>
        new(UnseenCode, 404, "There is nothing at this address that you may see.");

    /// <summary>The code of <see cref="ProjectSuspended"/>.</summary>
    public const string ProjectSuspendedCode = "project.suspended";

    /// <summary>The code of <see cref="AccountSuspended"/>.</summary>
    public const string AccountSuspendedCode = "account.suspended";

    // A phone that asks is told the same for as long; whoever lifts it tells people.
    private static readonly TimeSpan SuspendedRetry = TimeSpan.FromHours(1);

    /// <summary>Operators suspended the project: nothing comes in and nothing is changed, and what is on phones stays there.</summary>
    public static ProblemException ProjectSuspended(Suspension by) => new(
        ProjectSuspendedCode,
        403,
        $"This project is suspended: {by.Reason} Nothing is lost; keep on the phone what is not sent yet, and send it again when the suspension is lifted. Ask {by.Contact}.")
    {
        RetryAfter = SuspendedRetry,
        Details = DetailsOf(by),
    };

    /// <summary>Operators suspended the account: nothing opens it until they lift that.</summary>
    public static ProblemException AccountSuspended(Suspension by) => new(
        AccountSuspendedCode,
        403,
        $"This account is suspended: {by.Reason} Nothing is lost; keep on the phone what is not sent yet, and send it again when the suspension is lifted. Ask {by.Contact}.")
    {
        RetryAfter = SuspendedRetry,
        Details = DetailsOf(by),
    };

    /// <summary>The organisation wants a second factor and the actor has none.</summary>
    public static ProblemException FactorNeeded() =>
        new("session.second_factor_needed", 403, "Set up a second factor first: your account needs one. You find it under “My account”.");

    /// <summary>What is asked is dangerous, and the session is not fresh.</summary>
    public static ProblemException ConfirmationNeeded() =>
        new("session.confirmation_needed", 403, "Confirm that it is you: enter your password, and your second factor if you have one.");

    private static Dictionary<string, object?> DetailsOf(Suspension by) => new(StringComparer.Ordinal)
    {
        ["reason"] = by.Reason,
        ["contact"] = by.Contact,
        ["until"] = by.Until,
    };
}
