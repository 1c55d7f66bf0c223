using Fieldkeep.Server.Incidents;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>How the server is, for anybody.</summary>
/// <param name="State">In a word: <c>ok</c>, <c>maintenance</c>, <c>disturbed</c> or <c>down</c>; the worse of what the server sees of itself and what operators say.</param>
/// <param name="Server">What it sees of itself: <c>ready</c>, <c>database_unreachable</c> or <c>no_room</c>.</param>
/// <param name="At">When it was looked at.</param>
/// <param name="Open">What goes on or is to come, newest first.</param>
/// <param name="Past">What was over within 90 days, newest first, 50 at most.</param>
internal sealed record StatusItem(string State, string Server, DateTimeOffset At, IReadOnlyList<IncidentItem> Open, IReadOnlyList<IncidentItem> Past)
{
    /// <summary>Shows it.</summary>
    public static StatusItem Of(ServerStatus status) => new(
        StateOf(status), status.Server, status.At, [.. status.Open.Select(IncidentItem.Of)], [.. status.Past.Select(IncidentItem.Of)]);

    private static string StateOf(ServerStatus status)
    {
        var felt = status.Open.Where(one => one.State != "planned").ToList();
        return felt.Any(one => one.Facts.Impact == "down") ? "down"
            : status.Server != "ready" || felt.Any(one => one.Kind == IncidentWords.Disturbance) ? "disturbed"
            : felt.Count > 0 ? "maintenance"
            : "ok";
    }
}

/// <summary>A page of incidents.</summary>
/// <param name="Next">What to send as <c>before</c> for older ones; null when there are none.</param>
internal sealed record IncidentPage(IReadOnlyList<IncidentItem> Items, long? Next);

/// <summary>A disturbance or planned work.</summary>
/// <param name="Kind"><c>incident</c> or <c>maintenance</c>.</param>
/// <param name="Impact">How much it is felt: <c>none</c>, <c>slower</c>, <c>partly</c> or <c>down</c>.</param>
/// <param name="Parts">What it is about: <c>sending</c>, <c>pages</c>, <c>exports</c>, <c>letters</c>; empty for all of the server.</param>
/// <param name="EndsAt">When it was over, or is planned to be; null while that is not known.</param>
/// <param name="State"><c>investigating</c>, <c>identified</c>, <c>watching</c> or <c>over</c>; of planned work <c>planned</c>, <c>begun</c> or <c>over</c>.</param>
/// <param name="PostMortem">What happened, why, and what was changed; null before it is written.</param>
/// <param name="WithdrawnAt">Since when only operators see it; null while everybody does.</param>
/// <param name="Revision">What a change has to name.</param>
/// <param name="Updates">What was told, newest first.</param>
internal sealed record IncidentItem(
    long Id,
    string Kind,
    string Title,
    string Impact,
    IReadOnlyList<string> Parts,
    DateTimeOffset BeginsAt,
    DateTimeOffset? EndsAt,
    string State,
    string? PostMortem,
    DateTimeOffset? PostMortemAt,
    DateTimeOffset? WithdrawnAt,
    int Revision,
    IReadOnlyList<IncidentUpdateItem> Updates)
{
    /// <summary>Shows one.</summary>
    public static IncidentItem Of(Incident incident) => new(
        incident.Id, incident.Kind, incident.Facts.Title, incident.Facts.Impact, incident.Facts.Parts, incident.Facts.BeginsAt, incident.Facts.EndsAt, incident.State,
        incident.PostMortem?.Text, incident.PostMortem?.At, incident.WithdrawnAt, incident.Revision,
        [.. incident.Updates.Reverse().Select(one => new IncidentUpdateItem(one.State, one.Text, one.At))]);
}

/// <summary>Something that was told of an incident.</summary>
internal sealed record IncidentUpdateItem(string State, string Text, DateTimeOffset At);

/// <summary>A new incident, with the first thing that is told of it.</summary>
/// <param name="Kind"><c>incident</c> or <c>maintenance</c>.</param>
/// <param name="Title">One line of 1 to 200 characters. Name no person: everybody reads it.</param>
/// <param name="Impact"><c>none</c>, <c>slower</c>, <c>partly</c> or <c>down</c>.</param>
/// <param name="Parts">Of <c>sending</c>, <c>pages</c>, <c>exports</c>, <c>letters</c>; none for all of the server.</param>
/// <param name="BeginsAt">When it began or is to begin; null for now.</param>
/// <param name="EndsAt">When planned work is to be over; null when that is not known.</param>
/// <param name="State">Null for the first state of the kind.</param>
/// <param name="Text">1 to 4000 characters.</param>
internal sealed record NewIncident(
    string? Kind, string? Title, string? Impact, IReadOnlyList<string>? Parts, DateTimeOffset? BeginsAt, DateTimeOffset? EndsAt, string? State, string? Text);

/// <summary>The facts of an incident put right; all of them are given.</summary>
/// <param name="Revision">That of the incident as it was read.</param>
internal sealed record CorrectedIncident(
    int? Revision, string? Title, string? Impact, IReadOnlyList<string>? Parts, DateTimeOffset? BeginsAt, DateTimeOffset? EndsAt);

/// <summary>Something more that is told.</summary>
/// <param name="Revision">That of the incident as it was read.</param>
/// <param name="State">Null when it stays as it is.</param>
/// <param name="Text">1 to 4000 characters.</param>
internal sealed record NewIncidentUpdate(int? Revision, string? State, string? Text);

/// <summary>What happened, why, and what was changed.</summary>
/// <param name="Revision">That of the incident as it was read.</param>
/// <param name="Text">At most 50000 characters; empty takes it away.</param>
internal sealed record NewPostMortem(int? Revision, string? Text);

/// <summary>Whether only operators see an incident.</summary>
/// <param name="Revision">That of the incident as it was read.</param>
internal sealed record IncidentWithdrawal(int? Revision, bool IsWithdrawn);
