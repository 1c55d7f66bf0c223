using Fieldkeep.Server.Hooks;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Health;

/// <summary>The refusals of the Health room.</summary>
internal static class HealthProblems
{
    /// <summary>There is none.</summary>
    public static ProblemException AlertNotFound() => new("alert.not_found", 404, "There is no such alert.");

    /// <summary>It is over.</summary>
    public static ProblemException AlertClosed() => new("alert.closed", 409, "All is well again there: this alert is closed. Reload the page.");

    /// <summary>Too long.</summary>
    public static ProblemException NoteTooLong(int most) => new("alert.note", 422, $"“note” has at most {most} characters. Name no person: it stays in the books.");

    /// <summary>There is none.</summary>
    public static ProblemException RecipientNotFound() => new("recipient.not_found", 404, "There is no such address; it may have been taken off the list.");

    /// <summary>No kind that there is.</summary>
    public static ProblemException RecipientInvalid(string? kind) => new("recipient.invalid", 422, $"Alerts go by “mail” or by “webhook”, not by “{kind}”.");

    /// <summary>An address that no request is sent to.</summary>
    public static ProblemException AddressUnsafe() => new("recipient.address_unsafe", 422, HookAddress.WhatIsWanted);

    /// <summary>It is on the list already.</summary>
    public static ProblemException RecipientExists() => new("recipient.exists", 409, "Alerts go to this address already.");

    /// <summary>Everybody was sent one a moment ago, or often today.</summary>
    public static ProblemException TestTooSoon(TimeSpan wait) => new(
        "alert.test_too_soon", 429, "A trial goes to everybody who is told of alerts: at most one within a minute, and ten within a day. Try again later.")
    {
        RetryAfter = wait,
    };

    /// <summary>The list is full.</summary>
    public static ProblemException TooManyRecipients(int most) => new("recipient.too_many", 409, $"Alerts go to at most {most} addresses. Take one off the list first.");
}
