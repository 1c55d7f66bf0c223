using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>The refusals of the SupportAccess room.</summary>
internal static class SupportProblems
{
    /// <summary>There is no such case, or not for the one who asks.</summary>
    public static ProblemException Unknown() =>
        new("support.not_found", 404, "There is no support access with this number that you may see.");

    /// <summary>The place is no project or organisation.</summary>
    public static ProblemException Place() =>
        new("support.place", 422, "“place” must name a project (“kind”: “project”) or an organisation, branch or team (“unit”) by its number.");

    /// <summary>Too short or too long.</summary>
    public static ProblemException Length(string limits) => new("support.length", 422, $"Support access lasts {limits}. Choose a length within that.");

    /// <summary>No ticket, or a whole text.</summary>
    public static ProblemException Ticket() =>
        new("support.ticket", 422, "“ticket” must be the number of the support ticket: 1 to 60 letters, digits, spaces and # . _ / : -");

    /// <summary>No reason, or too long a one.</summary>
    public static ProblemException Reason(int fewest, int most) =>
        new("support.reason", 422, $"“reason” must say why, in {fewest} to {most} characters.");

    /// <summary>The person named cannot be given support access.</summary>
    public static ProblemException OperatorUnfit() =>
        new("support.operator_unfit", 422, "Support access is for an operator of this server who has a second factor. Choose one from the list.");

    /// <summary>Someone would let themselves in.</summary>
    public static ProblemException Self() =>
        new("support.self", 403, "Nobody lets themselves in: someone else must give or approve this access.");

    /// <summary>The operator holds it there already.</summary>
    public static ProblemException Held() =>
        new("support.held", 409, "The operator has this access there already. End it first, or wait until it ends.");

    /// <summary>The question was answered, or nobody did in time.</summary>
    public static ProblemException Decided() =>
        new("support.decided", 409, "This request was answered already, or nobody answered it within seven days. A new one can be made.");

    /// <summary>It ended already.</summary>
    public static ProblemException Over() => new("support.over", 409, "This support access is over already.");

    /// <summary>Nobody would learn of it.</summary>
    public static ProblemException NoOwner() =>
        new("support.no_owner", 409, "Nobody who answers for this data can be written to, so nobody would learn of it: access is not opened.");

    /// <summary>More than was asked for.</summary>
    public static ProblemException MoreThanAsked() =>
        new("support.more_than_asked", 422, "An approval gives at most what was asked for: a shorter time, or no export.");

    /// <summary>The month cannot be read.</summary>
    public static ProblemException Month() => new("support.month", 400, "“month” must be a month such as 2026-11.");
}
