using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Rights;

/// <summary>The refusals of the Rights room.</summary>
internal static class RightsProblems
{
    /// <summary>Refuses a reason that says nothing, or too much.</summary>
    /// <exception cref="ProblemException"><c>removal.reason</c>.</exception>
    public static string CheckReason(string? reason) => StatedReason.Check(reason, "removal.reason", "why the account is removed");

    /// <summary>The address typed is not the account's.</summary>
    public static ProblemException Typed() => new(
        "removal.typed", 422, "“email” must be the e-mail address of your account, typed by hand. Nothing was removed.");

    /// <summary>A project was forgotten, named twice, or what was chosen for it cannot be.</summary>
    public static ProblemException Choice(long project) => new(
        "removal.choice", 422,
        $"Say for project {project}, once, what becomes of it: “hand_over” with the “to” of somebody who may know it, “unit” where others run its unit, or “delete”. Nothing was removed.");

    /// <summary>Others of the organisation would be left without anybody who administers it.</summary>
    public static ProblemException LastAdministrator(long unit) => new(
        "account.last_administrator", 409,
        $"Nobody else administers organisation {unit}, and others belong to it. Make another person an administrator first.");

    /// <summary>It is asked for or begun already.</summary>
    public static ProblemException Waits() => new("removal.waits", 409, "The removal of this account was asked for already.");

    /// <summary>Nothing waits, or the link is no good any more.</summary>
    public static ProblemException Unknown() => new(
        "removal.not_found", 404, "No removal waits here. It was cancelled, or the account is removed for good, or the link is not whole.");

    /// <summary>Refuses a kind of text that there is not, or that is not agreed to so.</summary>
    /// <exception cref="ProblemException"><c>text.unknown</c>.</exception>
    public static void RequireText(string kind, IReadOnlyList<string> kinds)
    {
        if (!kinds.Contains(kind, StringComparer.Ordinal))
        {
            throw new ProblemException("text.unknown", 422, $"“kind” must be one of {string.Join(", ", kinds)}.");
        }
    }

    /// <summary>A text that is empty or too long.</summary>
    public static ProblemException TextInvalid(int most) => new(
        "text.invalid", 422, $"“body” must be text of 1 to {most} characters.");

    /// <summary>A version that nobody published.</summary>
    public static ProblemException TextMissing(string kind, int version) => new(
        "text.not_found", 404, $"Version {version} of “{kind}” was never published.");

    /// <summary>Another version than the newest, or none was published.</summary>
    public static ProblemException Superseded() => new(
        "text.superseded", 409, "This is not the newest version of the text. Read the newest one and decide about that.");

    /// <summary>The same person asked and agrees, or decides about themselves.</summary>
    public static ProblemException SecondNeeded() => new(
        "removal.second_needed", 409, "Another administrator than the one who asked has to agree, and not the owner of the account.");

    /// <summary>Who asked may not remove accounts any more.</summary>
    public static ProblemException AskerGone() => new(
        "removal.asker_gone", 409, "The administrator who asked for this may not remove accounts any more. Stop it, and ask anew.");
}
