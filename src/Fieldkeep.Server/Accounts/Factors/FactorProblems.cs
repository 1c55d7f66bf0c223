using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>The refusals that have to do with second factors.</summary>
internal static class FactorProblems
{
    /// <summary>A code that is wrong, old, or was used before.</summary>
    public static ProblemException CodeRefused() =>
        new("factor.refused", 401, "This code is not valid: it is mistyped, too old, or was used before. Wait for the next one, or use a recovery code.")
        {
            CentralCode = 401.2m,
        };

    /// <summary>A passkey that is unknown here, or whose answer does not fit.</summary>
    public static ProblemException PasskeyRefused() =>
        new("factor.passkey_refused", 401, "This passkey was not accepted here. Use another passkey, a code, or your password.");

    /// <summary>A passkey that was registered in the session that it is to confirm.</summary>
    public static ProblemException PasskeyTooNew() =>
        new("factor.passkey_new", 401, "This passkey was added after you signed in, so it does not confirm this session. Use a recovery code or another factor, or sign out and sign in with it.");

    /// <summary>A new passkey whose answer does not fit, or that belongs to an account already.</summary>
    public static ProblemException PasskeyUnfit() =>
        new("factor.passkey_unfit", 422, "This passkey could not be registered: it answered for another address or question, or it is registered already. Try again.");

    /// <summary>A sign-in begun too long ago, finished already, or tried too often.</summary>
    public static ProblemException TicketRefused() =>
        new("factor.ticket_refused", 401, "This sign-in took too long, was used before, or was tried too often. Begin again with your password.");

    /// <summary>A password alone, through a door that has no second step.</summary>
    public static ProblemException TotpNeeded() =>
        new(
            "factor.totp_needed",
            401,
            "This account has a second factor. Send the six digits of its authenticator app as “totp” beside the password, or use an API token or an app password.")
        {
            CentralCode = 401.2m,
        };

    /// <summary>The password of an account with a second factor, over HTTP Basic.</summary>
    public static ProblemException BasicRefused() =>
        new(
            "factor.basic_refused",
            401,
            "This account has a second factor, so its password is not taken here. Use an app password or an API token (My account), or, on a phone, the QR code of an app user.")
        {
            CentralCode = 401.2m,
        };

    /// <summary>Too many wrong codes in a day.</summary>
    public static ProblemException Locked(TimeSpan wait) =>
        new("factor.locked", 429, "Too many wrong codes today. Sign in with a passkey, or try again tomorrow.") { RetryAfter = wait };

    /// <summary>A reset whose owner could not be told, and so could not object.</summary>
    public static ProblemException OwnerOutOfReach() =>
        new("factor.owner_out_of_reach", 409, "No letter can reach the owner of this account, who must be able to object. Give the server an SMTP server and its --address, or run “fieldkeep admin reset-factor” on the machine itself.");

    /// <summary>An activation without a beginning, or long after it.</summary>
    public static ProblemException NotBegun() =>
        new("factor.not_begun", 409, "There is no new authenticator app to confirm: begin again and scan the new code.");

    /// <summary>Something to remove that is not there.</summary>
    public static ProblemException Unknown() => new("factor.not_found", 404, "There is no such factor on this account.");

    /// <summary>The last factor of someone who must have one.</summary>
    public static ProblemException Needed() =>
        new("factor.needed", 409, "This account must have a second factor. Add another one first, then remove this.");

    /// <summary>Recovery codes without a factor that they could stand in for.</summary>
    public static ProblemException NoneToRecover() =>
        new("factor.none", 409, "This account has no second factor.");

    /// <summary>More passkeys than anyone has.</summary>
    public static ProblemException TooMany(int most) =>
        new("factor.too_many", 409, $"An account may have {most} passkeys. Remove one that is not used any more.");

    /// <summary>A name of a passkey that is empty or too long.</summary>
    public static ProblemException NameInvalid() =>
        new("factor.name_invalid", 422, $"The name of a passkey must be 1 to {Passkeys.MostNameCharacters} characters long.");

    /// <summary>A confirmation that proves nothing.</summary>
    public static ProblemException ProofIncomplete() =>
        new("factor.proof_incomplete", 422, "Send your password, and a code if the account has a second factor; or use a passkey.");

    /// <summary>A second reset while one waits.</summary>
    public static ProblemException ResetWaits() =>
        new("factor.reset_waits", 409, "A reset of this account's second factor waits already.");

    /// <summary>A reset that does not wait, or a link to stop it that is not valid.</summary>
    public static ProblemException ResetUnknown() =>
        new("factor.reset_not_found", 404, "There is no reset to cancel: it was cancelled or done already, or the link is not whole.");
}
