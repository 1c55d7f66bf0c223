using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Stages;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Something that shall happen to a submission of a deployment.</summary>
/// <param name="Event"><c>submit</c>, <c>approve</c>, <c>reject</c>, <c>redraft</c>, <c>return</c>, <c>discard</c> or <c>restore</c>.</param>
/// <param name="Message">Why; needed to reject and to return. At most 10,000 characters.</param>
/// <param name="Version">The version that was looked at, from 1; needed to approve.</param>
/// <param name="StageId">The stage it stood at then; needed to approve, else absent for any.</param>
/// <param name="ToStageId">The earlier stage to return it to.</param>
internal sealed record TransitionBody(
    [property: Required] string? Event, string? Message, int? Version, long? StageId, long? ToStageId)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="ProblemException"><c>transition.unknown_event</c>.</exception>
    public StageEvent Read() => new(EventNames.Read(Event))
    {
        Message = string.IsNullOrWhiteSpace(Message) ? null : Message.Trim(),
        Version = Version,
        Stage = StageId is { } stage ? new StageId(stage) : null,
        To = ToStageId is { } to ? new StageId(to) : null,
    };
}

/// <summary>Something that shall happen to many.</summary>
/// <param name="Event">As for one.</param>
/// <param name="Message">As for one; the same for all.</param>
/// <param name="ToStageId">As for one.</param>
/// <param name="Items">Which; at most 5,000, each once.</param>
internal sealed record TransitionsBody(
    [property: Required] string? Event, string? Message, long? ToStageId, [property: Required] IReadOnlyList<TransitionTarget>? Items)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="ProblemException"><c>transition.unknown_event</c>.</exception>
    public StageEvent Read() => new TransitionBody(Event, Message, null, null, ToStageId).Read();
}

/// <summary>One of many submissions to move.</summary>
/// <param name="Version">The version that was looked at; needed to approve.</param>
/// <param name="StageId">The stage it stood at then; needed to approve, else absent for any.</param>
internal sealed record TransitionTarget([property: Required] string? InstanceId, int? Version, long? StageId);

/// <summary>What became of one of many.</summary>
/// <param name="Moved">Whether it happened.</param>
/// <param name="State">Where it stands then; null when it did not happen.</param>
/// <param name="StageId">The stage it waits at then.</param>
/// <param name="Code">The code of why it did not happen.</param>
/// <param name="Message">The same in words.</param>
internal sealed record TransitionReport(string InstanceId, bool Moved, string? State, long? StageId, string? Code, string? Message)
{
    /// <summary>Shows it.</summary>
    public static TransitionReport Of(MoveReport report) => new(
        report.InstanceId,
        report.Problem is null,
        report.Standing is { } at ? StageProblems.NameOf(at.Standing.State) : null,
        report.Standing?.Standing.Stage?.Value,
        report.Problem?.Code,
        report.Problem?.Message);
}

/// <summary>Where a submission stands.</summary>
/// <param name="Deployment">Its deployment; null when it belongs to none, and everything else is then too.</param>
/// <param name="State"><c>draft</c>, <c>pending</c>, <c>rejected</c>, <c>final</c> or <c>discarded</c>.</param>
/// <param name="StageId">The stage it waits at.</param>
/// <param name="Since">Since when it stands there.</param>
/// <param name="Version">Its current version, from 1: what an approval is bound to.</param>
/// <param name="Approvals">Those in force; none for viewers.</param>
/// <param name="May">The events that the caller may cause now; <c>edit</c> for a new version.</param>
internal sealed record StandingItem(
    StandingDeployment? Deployment,
    string? State,
    long? StageId,
    DateTimeOffset? Since,
    int? Version,
    IReadOnlyList<ApprovalItem> Approvals,
    IReadOnlyList<string> May)
{
    /// <summary>What is in no deployment.</summary>
    public static StandingItem None { get; } = new(null, null, null, null, null, [], []);

    /// <summary>Shows where a submission stands.</summary>
    public static StandingItem Of(SeenStanding seen, IReadOnlyDictionary<long, string> names) => new(
        new StandingDeployment(
            seen.At.Deployment.Value, seen.Deployment?.Name ?? "", [.. (seen.Deployment?.Stages ?? []).Select(StageItem.Of)]),
        StageProblems.NameOf(seen.At.Standing.State),
        seen.At.Standing.Stage?.Value,
        seen.At.Since,
        seen.At.Standing.Version,
        seen.IsOfReviewers
            ? [.. seen.At.Given.Select(given => ApprovalItem.Of(given, seen.At.Standing.Version, names))]
            : [],
        seen.May);
}

/// <summary>The deployment that a submission belongs to.</summary>
/// <param name="Name">Empty when the deployment was deleted.</param>
internal sealed record StandingDeployment(long Id, string Name, IReadOnlyList<StageItem> Stages);

/// <summary>One approval.</summary>
/// <param name="Version">The version that was approved.</param>
/// <param name="Stale">Whether there is a newer version.</param>
/// <param name="Override">Given by a manager who is not an approver of the stage, or against the four-eyes rule.</param>
internal sealed record ApprovalItem(long StageId, PersonItem By, int Version, bool Stale, bool Override, DateTimeOffset At)
{
    /// <summary>Shows an approval.</summary>
    public static ApprovalItem Of(ApprovalRow given, int version, IReadOnlyDictionary<long, string> names) => new(
        given.StageId.Value,
        new PersonItem(given.ActorId.Value, names.GetValueOrDefault(given.ActorId.Value, "")),
        given.Version,
        given.Version != version,
        given.IsOverride,
        given.At);
}

/// <summary>What waits for someone.</summary>
/// <param name="ToApprove">Submissions at stages they are an approver of, the oldest first.</param>
/// <param name="ToCorrect">Their own that were rejected.</param>
/// <param name="Total">All of them together.</param>
internal sealed record InboxItem(IReadOnlyList<InboxLineItem> ToApprove, IReadOnlyList<InboxLineItem> ToCorrect, long Total);

/// <summary>Submissions of one deployment that wait.</summary>
/// <param name="FormId">The form's own id.</param>
/// <param name="Stage">Null for what is to be corrected.</param>
/// <param name="OldestSince">Since when the oldest of them waits.</param>
internal sealed record InboxLineItem(
    long ProjectId, string FormId, long DeploymentId, string Deployment, StageItem? Stage, long Submissions, DateTimeOffset OldestSince)
{
    /// <summary>Shows a line.</summary>
    public static InboxLineItem Of(InboxLine line) => new(
        line.Deployment.Project.Value,
        line.XmlFormId,
        line.Deployment.Id.Value,
        line.Deployment.Name,
        line.Stage is { } stage ? StageItem.Of(stage) : null,
        line.Submissions,
        line.OldestSince);
}

/// <summary>Reads the names of events.</summary>
internal static class EventNames
{
    /// <summary>Gives the event of a name.</summary>
    /// <exception cref="ProblemException"><c>transition.unknown_event</c>.</exception>
    public static StageEventKind Read(string? name) => name switch
    {
        "submit" => StageEventKind.Submit,
        "approve" => StageEventKind.Approve,
        "reject" => StageEventKind.Reject,
        "redraft" => StageEventKind.Redraft,
        "return" => StageEventKind.Return,
        "discard" => StageEventKind.Discard,
        "restore" => StageEventKind.Restore,
        _ => throw StageProblems.UnknownEvent(),
    };
}
