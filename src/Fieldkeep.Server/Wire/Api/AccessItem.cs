using Fieldkeep.Server.Accounts.AccessLog;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>A page of an access log.</summary>
/// <param name="Next">What to send as <c>before</c> for older ones; null when there are none.</param>
internal sealed record AccessLogPage(IReadOnlyList<AccessItem> Items, string? Next);

/// <summary>One line of an access log.</summary>
/// <param name="At">When; the beginning of the hour when it stands for one.</param>
/// <param name="Kind">What happened, such as <c>sign_in</c> or <c>submission.create</c>.</param>
/// <param name="IsSuccess">False when it was refused.</param>
/// <param name="Reason">Why it was refused, or a word more; null when there is none.</param>
/// <param name="Actor">Who did it; its id is 0 when nobody had signed in.</param>
/// <param name="Door">How the request came in; null when not known.</param>
/// <param name="Way">What was shown, such as <c>password</c>; null when nothing.</param>
/// <param name="Browser">The program, in a word; null when not known.</param>
/// <param name="System">The system, in a word; null when not known.</param>
/// <param name="Address">The network address; null after a month, or when you may not see it.</param>
/// <param name="Place">Six letters that are the same for the same address; null after a year, or when you may not see them.</param>
/// <param name="Project">Null when it concerns no one project.</param>
/// <param name="Subject">A kind and an id; null when it is about nothing in particular.</param>
/// <param name="Count">How many times within the hour.</param>
/// <param name="IsHour">Whether it stands for all of its kind within an hour.</param>
internal sealed record AccessItem(
    DateTimeOffset At,
    string Kind,
    bool IsSuccess,
    string? Reason,
    PersonItem Actor,
    string? Door,
    string? Way,
    string? Browser,
    string? System,
    string? Address,
    string? Place,
    long? Project,
    string? Subject,
    int Count,
    bool IsHour)
{
    /// <summary>Shows a line.</summary>
    public static AccessItem Of(AccessLine line, IReadOnlyDictionary<long, string> names) => new(
        line.At,
        line.Kind,
        line.IsSuccess,
        line.Reason,
        new PersonItem(line.ActorId, names.TryGetValue(line.ActorId, out var name) ? name : ""),
        line.Door,
        line.Way,
        line.Browser,
        line.System,
        line.Address,
        line.Place,
        line.Project,
        line.Subject,
        line.Count,
        line.IsHour);
}
