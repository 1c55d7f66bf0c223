using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>The refusals of the Accounts room.</summary>
internal static class AccountProblems
{
    /// <summary>The code of <see cref="LimitsUnavailable"/>.</summary>
    public const string LimitsUnavailableCode = "session.limits_unavailable";

    /// <summary>Unknown account and wrong password: one answer for both.</summary>
    public static ProblemException Refused() =>
        new("session.refused", 401, "The e-mail address and the password do not match an account. Check both and try again.")
        {
            CentralCode = 401.2m,
        };

    /// <summary>A token, cookie or key that is unknown, expired or revoked.</summary>
    public static ProblemException TokenRefused() =>
        new("session.expired", 401, "This sign-in is no longer valid: it expired or was revoked. Sign in again.")
        {
            CentralCode = 401.2m,
        };

    /// <summary>An app user's token that is unknown or was revoked.</summary>
    public static ProblemException AppUserRefused() =>
        new("app_user.refused", 401, "This device's code is not valid any more. Ask for a new QR code and scan it.")
        {
            CentralCode = 401.2m,
        };

    /// <summary>Too many attempts; also when the password was right.</summary>
    public static ProblemException TooManyAttempts(TimeSpan wait) =>
        new("session.too_many_attempts", 429, $"Too many attempts. Wait {Words(wait)} and try again.") { RetryAfter = wait };

    /// <summary>Attempts cannot be counted at this moment, so none is let through.</summary>
    public static ProblemException LimitsUnavailable() =>
        new(LimitsUnavailableCode, 503, "Passwords and codes cannot be checked at this moment. Who is signed in and phones go on; try again in a few seconds.")
        {
            RetryAfter = TimeSpan.FromSeconds(10),
        };

    /// <summary>The right password of an account whose owner said “this wasn't me”.</summary>
    public static ProblemException PasswordDisowned() =>
        new("session.password_disowned", 401, "This password opens nothing any more: a sign-in with it was reported as not yours. Ask for a new password.")
        {
            CentralCode = 401.2m,
        };

    /// <summary>Something that a token must not do in its owner's name.</summary>
    public static ProblemException PageOnly() =>
        new("session.page_only", 403, "This is for a person at the page of their account; a token cannot ask for it.");

    /// <summary>The link of a letter that is unknown, too old or was used.</summary>
    public static ProblemException UnlockRefused() =>
        new("session.unlock_refused", 403, "This link is not valid any more: it works once, for a day. Wait for the time the sign-in names, or ask an administrator.");

    /// <summary>Too many sign-ins at this moment.</summary>
    public static ProblemException Busy() =>
        new("session.busy", 503, "Many people are signing in at this moment. Try again in a few seconds.")
        {
            RetryAfter = TimeSpan.FromSeconds(5),
        };

    /// <summary>A change asked for with a cookie, without the token that only our own page knows.</summary>
    public static ProblemException CsrfMissing() =>
        new("session.csrf", 403, "The X-CSRF-Token header is missing or does not fit this session. Reload the page and try again.");

    /// <summary>A change that another site's page asked a browser for, which knows the password.</summary>
    public static ProblemException FromElsewhere() =>
        new("session.csrf", 403, "Another site's page asked for this change with the password that your browser keeps. Use a page of this server.");

    /// <summary>Basic authentication over plain HTTP.</summary>
    public static ProblemException HttpsOnly() =>
        new("session.https_only", 401, "A password is only taken over HTTPS. Use the https:// address of this server.")
        {
            CentralCode = 401.3m,
        };

    /// <summary>A password that is easy to guess.</summary>
    /// <param name="isShort">Whether it is its length that makes it so.</param>
    public static ProblemException PasswordWeak(IReadOnlyList<string> feedback, bool isShort) =>
        new("password.weak", 422, string.Join(' ', feedback))
        {
            CentralCode = isShort ? 400.21m : 400.44m,
            Details = new Dictionary<string, object?>(StringComparer.Ordinal) { ["feedback"] = feedback },
        };

    /// <summary>A password longer than the server hashes.</summary>
    public static ProblemException PasswordTooLong() =>
        new("password.too_long", 422, $"The password is longer than {PasswordHash.MostCharacters} characters. Use a shorter one.")
        {
            CentralCode = 400.38m,
        };

    /// <summary>Text that cannot be an e-mail address.</summary>
    public static ProblemException EmailInvalid() =>
        new("account.email_invalid", 422, "This is not an e-mail address that letters can be sent to. Write it as name@example.org.")
        {
            CentralCode = 400.8m,
        };

    /// <summary>Another e-mail address for one's own account, without the password.</summary>
    public static ProblemException PasswordNeeded() =>
        new("account.password_needed", 422, "Send your present password as “password” to change your e-mail address.")
        {
            CentralCode = 400.2m,
        };

    /// <summary>A name that is empty or too long.</summary>
    public static ProblemException NameInvalid(string field) =>
        new("account.name_invalid", 422, $"“{field}” must be 1 to 255 characters long.") { CentralCode = 400.8m };

    /// <summary>Somebody has this e-mail address already.</summary>
    public static ProblemException EmailTaken() =>
        new("account.email_taken", 409, "An account with this e-mail address exists already. Use another address.")
        {
            CentralCode = 409.3m,
        };

    /// <summary>No such account.</summary>
    public static ProblemException AccountUnknown() => new("account.not_found", 404, "There is no such account.");

    /// <summary>No such app user in this project.</summary>
    public static ProblemException AppUserUnknown() =>
        new("app_user.not_found", 404, "There is no such app user in this project.");

    /// <summary>No such public link of this form.</summary>
    public static ProblemException PublicLinkUnknown() =>
        new("public_link.not_found", 404, "There is no such public link of this form.") { CentralCode = 404.1m };

    /// <summary>A public link's token that is unknown or was revoked.</summary>
    public static ProblemException PublicLinkRefused() =>
        new("public_link.refused", 401, "This link is not valid any more. Ask whoever sent it for a new one.")
        {
            CentralCode = 401.2m,
        };

    /// <summary>More requests by one public link from one place than a person makes.</summary>
    public static ProblemException LinkTooFast(TimeSpan wait) =>
        new("public_link.too_fast", 429, $"Too many requests by this link. Wait {Words(wait)} and try again.") { RetryAfter = wait };

    /// <summary>Nobody and nothing that may hold a role here has this id.</summary>
    public static ProblemException ActorUnknown() =>
        new("actor.not_found", 404, "There is no account and no app user of this project with this id.");

    /// <summary>A role that cannot be held at this place or by this actor.</summary>
    public static ProblemException RoleUnfit(string role) =>
        new(
            "role.unfit",
            422,
            $"“{role}” cannot be given here. Administrators belong to the whole server; app users, and nobody else, hold “app-user” in their own project; at a single form only “app-user” and “collector” can be held.")
        {
            CentralCode = 400.8m,
        };

    /// <summary>Without administrators nobody could appoint one.</summary>
    public static ProblemException LastAdministrator() =>
        new("account.last_administrator", 409, "This is the last administrator. Make someone else administrator first.")
        {
            CentralCode = 403.1m,
        };

    /// <summary>A preference whose value is too large, or one too many.</summary>
    public static ProblemException PreferenceTooLarge(int mostBytes, int mostPreferences) =>
        new(
            "preference.too_large",
            422,
            $"A preference may hold {mostBytes / 1024} KiB, and an account {mostPreferences} preferences. Remove some first.")
        {
            CentralCode = 400.13m,
        };

    /// <summary>A preference's name that is empty, too long or cannot be kept.</summary>
    public static ProblemException PreferenceNameInvalid() =>
        new("preference.name_invalid", 422, "The name of a preference must be 1 to 255 characters long.") { CentralCode = 400.8m };

    /// <summary>No such preference.</summary>
    public static ProblemException PreferenceUnknown() => new("preference.not_found", 404, "You have no such preference.");

    private static string Words(TimeSpan wait) =>
        wait < TimeSpan.FromMinutes(1)
            ? $"{Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))} seconds"
            : $"{(int)Math.Ceiling(wait.TotalMinutes)} minutes";
}
