using System.Text.RegularExpressions;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>What is asked for: where, how long, why.</summary>
/// <param name="Scope">A project, or an organisation, branch or team.</param>
/// <param name="MayExport">Whether answers may be taken out, too.</param>
/// <param name="Length">From when it is opened.</param>
/// <param name="Ticket">What the work is known by elsewhere; needed unless it is an emergency.</param>
/// <param name="Reason">Why, in their words.</param>
internal sealed record SupportWish(Scope Scope, bool MayExport, TimeSpan Length, string? Ticket, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"SupportWish {{ {Scope} }}";
}

/// <summary>The limits of support access.</summary>
internal static partial class SupportTerms
{
    /// <summary>The shortest time that an owner gives.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromHours(1);

    /// <summary>The longest time that an owner gives.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(14);

    /// <summary>The longest time in an emergency.</summary>
    public static readonly TimeSpan LongestBreakGlass = TimeSpan.FromHours(1);

    /// <summary>A question that nobody answers in this time is over.</summary>
    public static readonly TimeSpan AnsweredWithin = TimeSpan.FromDays(7);

    private const int MostReasonCharacters = 1000;
    private const int FewestReasonCharacters = 10;

    /// <summary>Trims a wish for support access and refuses one beyond the limits.</summary>
    /// <exception cref="ProblemException"><c>support.length</c>, <c>support.ticket</c>, <c>support.reason</c>.</exception>
    public static SupportWish Check(SupportWish wish)
    {
        var ticket = wish.Ticket?.Trim() ?? "";
        if (wish.Length < Shortest || wish.Length > Longest)
        {
            throw SupportProblems.Length($"between 1 hour and {Longest.TotalDays:0} days");
        }

        return Ticket().IsMatch(ticket) ? wish with { Ticket = ticket, Reason = CheckReason(wish.Reason) } : throw SupportProblems.Ticket();
    }

    /// <summary>Trims a wish for access in an emergency and refuses one beyond the limits.</summary>
    /// <exception cref="ProblemException"><c>support.length</c>, <c>support.reason</c>.</exception>
    public static SupportWish CheckBreakGlass(SupportWish wish) =>
        wish.Length < TimeSpan.FromMinutes(1) || wish.Length > LongestBreakGlass
            ? throw SupportProblems.Length($"between 1 and {LongestBreakGlass.TotalMinutes:0} minutes")
            : wish with { MayExport = false, Ticket = null, Reason = CheckReason(wish.Reason) };

    private static string CheckReason(string reason)
    {
        var trimmed = reason.Trim();
        return trimmed.Length is >= FewestReasonCharacters and <= MostReasonCharacters
            && !trimmed.Any(letter => char.IsSurrogate(letter) || (char.IsControl(letter) && letter is not ('\n' or '\r' or '\t')))
                ? trimmed
                : throw SupportProblems.Reason(FewestReasonCharacters, MostReasonCharacters);
    }

    // It stands in lists and letters: a number, not a text.
    [GeneratedRegex(@"^[\p{L}\p{N}#][\p{L}\p{N}#._/:\- ]{0,59}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Ticket();
}
