using System.Text.Json.Serialization;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Wire.Shared;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>One thing that happened to a submission, as Central's audit log shows it.</summary>
/// <param name="ActorId">Who did it; null when nobody is known.</param>
/// <param name="ActeeId">Always null: forms have no such id here.</param>
/// <param name="Notes">What the person remarked (<c>X-Action-Notes</c>).</param>
internal sealed record SubmissionAuditV1(
    long? ActorId,
    string Action,
    string? ActeeId,
    SubmissionAuditDetailsV1 Details,
    DateTimeOffset LoggedAt,
    string? Notes) : IExtendable
{
    /// <inheritdoc/>
    [JsonIgnore]
    public bool IsExtended { get; init; }

    /// <summary>Who did it, in full.</summary>
    [OnlyExtended]
    public ActorDetailV1? Actor { get; init; }

    /// <summary>The form of the submission.</summary>
    [OnlyExtended]
    public FormV1? Actee { get; init; }

    /// <summary>Shows an entry of a submission's history.</summary>
    public static SubmissionAuditV1 Of(SubmissionHistoryEntry entry, string instanceId) => new(
        entry.Actor.Value == 0 ? null : entry.Actor.Value,
        ActionOf(entry),
        null,
        new SubmissionAuditDetailsV1(entry.VersionId ?? instanceId)
        {
            ReviewState = entry.Action == SubmissionEvents.Reviewed ? entry.Detail : null,
            Name = entry.Action == SubmissionEvents.FileChanged ? entry.Detail : null,
        },
        entry.At,
        entry.Notes);

    /// <inheritdoc/>
    public override string ToString() => $"SubmissionAuditV1 {{ {Action} }}";

    private static string ActionOf(SubmissionHistoryEntry entry) => entry.Action switch
    {
        SubmissionEvents.Sent => entry.Version == 1 ? "submission.create" : "submission.update.version",
        SubmissionEvents.Reviewed => "submission.update",
        SubmissionEvents.FileChanged => "submission.attachment.update",
        SubmissionEvents.ConfidentialChanged => "submission.update",
        SubmissionEvents.Trashed => "submission.delete",
        SubmissionEvents.Restored => "submission.restore",
        var other => "submission." + other,
    };
}

/// <summary>What an audit line adds.</summary>
/// <param name="InstanceId">The instance id of the version, or that of the submission.</param>
internal sealed record SubmissionAuditDetailsV1(string InstanceId)
{
    /// <summary>The new review state, where one was set.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ReviewState { get; init; }

    /// <summary>The name of the file, where one was changed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }
}
