using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.External;

/// <summary>The refusals of sign-in by another provider.</summary>
internal static class ExternalProblems
{
    /// <summary>No provider is set up.</summary>
    public static ProblemException NoProvider() =>
        new("external.none", 404, "This server is not set up for sign-in with another provider.");

    /// <summary>The provider cannot be reached, or does not speak as it should.</summary>
    public static ProblemException Unavailable() =>
        new("external.unavailable", 503, "The sign-in provider cannot be reached at this moment. Try again soon, or sign in with your password.")
        {
            RetryAfter = TimeSpan.FromSeconds(30),
        };

    /// <summary>The attempt is unknown here, was used, is too old, or belongs to another browser.</summary>
    public static ProblemException AttemptRefused() =>
        new("external.attempt_refused", 403, "This sign-in was begun in another browser, took too long, or was finished before. Begin again.");

    /// <summary>The provider said no, or what it sent does not hold.</summary>
    public static ProblemException AnswerRefused() =>
        new("external.answer_refused", 403, "The sign-in provider did not confirm who you are. Begin again, or sign in with your password.");

    /// <summary>Nobody here fits.</summary>
    public static ProblemException NoAccount() =>
        new("external.no_account", 403, "No account here belongs to this sign-in. Its e-mail address must be confirmed at the provider and be that of your account; ask an administrator to invite you.");

    /// <summary>The account's owner must show the password once.</summary>
    public static ProblemException PasswordNeeded(string provider, string email) =>
        new("external.password_needed", 409, $"You sign in with {provider} for the first time. Enter the password of your account {email} once to join the two.")
        {
            Details = new Dictionary<string, object?>(StringComparer.Ordinal) { ["provider"] = provider, ["email"] = email },
        };
}
