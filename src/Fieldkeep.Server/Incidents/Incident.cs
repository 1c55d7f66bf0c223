namespace Fieldkeep.Server.Incidents;

/// <summary>A disturbance or planned work that everybody is told of.</summary>
/// <param name="Kind"><c>incident</c> or <c>maintenance</c>.</param>
/// <param name="Facts">What it is about, and when.</param>
/// <param name="State">That of its newest update.</param>
/// <param name="PostMortem">Null before it is written.</param>
/// <param name="WithdrawnAt">Since when it is shown to operators alone; null while it is shown to everybody.</param>
/// <param name="Revision">Grows with each change: whoever changes says what they saw.</param>
/// <param name="Updates">What was told, oldest first.</param>
internal sealed record Incident(
    long Id,
    string Kind,
    IncidentFacts Facts,
    string State,
    PostMortem? PostMortem,
    DateTimeOffset? WithdrawnAt,
    int Revision,
    IReadOnlyList<IncidentUpdate> Updates)
{
    /// <summary>Whether it goes on, or is still to come.</summary>
    public bool IsOpen => State != IncidentWords.Over;

    /// <summary>Whether everybody sees it among those that go on or are to come.</summary>
    public bool IsShownOpen => IsOpen && WithdrawnAt is null;
}

/// <summary>What an incident is about, and when.</summary>
/// <param name="Title">One line.</param>
/// <param name="Impact">How much it is felt: one of <see cref="IncidentWords.Impacts"/>.</param>
/// <param name="Parts">What of the server it is about, of <see cref="IncidentWords.Parts"/>; empty for all of it.</param>
/// <param name="EndsAt">When it was over, or is planned to be; null while that is not known.</param>
internal sealed record IncidentFacts(string Title, string Impact, IReadOnlyList<string> Parts, DateTimeOffset BeginsAt, DateTimeOffset? EndsAt);

/// <summary>Something that was told of an incident.</summary>
internal sealed record IncidentUpdate(string State, string Text, DateTimeOffset At);

/// <summary>What happened, why, and what was changed.</summary>
internal sealed record PostMortem(string Text, DateTimeOffset At);

/// <summary>The facts of an incident as somebody gives them, not yet looked at.</summary>
/// <param name="Parts">Null for all of the server.</param>
/// <param name="BeginsAt">Null for now.</param>
internal sealed record GivenFacts(string? Title, string? Impact, IReadOnlyList<string>? Parts, DateTimeOffset? BeginsAt, DateTimeOffset? EndsAt);
