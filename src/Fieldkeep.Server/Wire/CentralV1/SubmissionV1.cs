using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Wire.Shared;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>A submission as Central's API shows it.</summary>
/// <param name="SubmitterId">Null when it came without an account.</param>
/// <param name="ReviewState"><c>hasIssues</c>, <c>edited</c>, <c>approved</c> or <c>rejected</c>; null when nobody looked yet.</param>
/// <param name="DeletedAt">When it was moved to the trash; null when it lies there not.</param>
internal sealed record SubmissionV1(
    string InstanceId,
    long? SubmitterId,
    string? DeviceId,
    string? UserAgent,
    string? ReviewState,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? DeletedAt,
    SubmissionVersionV1 CurrentVersion) : IExtendable
{
    /// <inheritdoc/>
    [JsonIgnore]
    public bool IsExtended { get; init; }

    /// <summary>Who sent it.</summary>
    [OnlyExtended]
    public ActorDetailV1? Submitter { get; init; }

    /// <summary>The version of the form it was filled in with; null when that version is not known here.</summary>
    [OnlyExtended]
    public string? FormVersion { get; init; }

    /// <summary>How often it was edited.</summary>
    [OnlyExtended]
    public int Edits { get; init; }

    /// <summary>Shows a submission.</summary>
    public static SubmissionV1 Of(SubmissionRow row, SubmissionSenders senders, string? instanceName) => new(
        row.InstanceId,
        IdOf(row.SubmitterId.Value),
        senders.First.DeviceId,
        senders.First.UserAgent,
        row.ReviewState,
        row.CreatedAt,
        row.UpdatedAt,
        row.DeletedAt,
        new SubmissionVersionV1(
            row.CurrentInstanceId,
            IdOf(row.CurrentSubmitterId.Value),
            senders.Current.DeviceId,
            senders.Current.UserAgent,
            instanceName,
            true,
            row.CurrentCreatedAt));

    /// <summary>Shows it with extended metadata when that is asked for.</summary>
    public static SubmissionV1 Of(
        SubmissionRow row, SubmissionSenders senders, string? instanceName, CentralQuery query, KnownActor? submitter, string? formVersion) =>
        Of(row, senders, instanceName) with
        {
            IsExtended = query.IsExtended,
            Submitter = ActorDetailV1.Of(submitter),
            FormVersion = formVersion,
            Edits = row.CurrentVersion - 1,
        };

    private static long? IdOf(long actor) => actor == 0 ? null : actor;
}

/// <summary>One version of a submission as Central's API shows it.</summary>
/// <param name="InstanceName">Null when it has none, and in lists.</param>
/// <param name="Current">Whether it is the newest.</param>
internal sealed record SubmissionVersionV1(
    string InstanceId,
    long? SubmitterId,
    string? DeviceId,
    string? UserAgent,
    string? InstanceName,
    bool Current,
    DateTimeOffset CreatedAt) : IExtendable
{
    /// <inheritdoc/>
    [JsonIgnore]
    public bool IsExtended { get; init; }

    /// <summary>The version of the form it was filled in with; only where versions are asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FormVersion { get; init; }

    /// <summary>Who sent it.</summary>
    [OnlyExtended]
    public ActorDetailV1? Submitter { get; init; }

    /// <summary>Shows a version.</summary>
    public static SubmissionVersionV1 Of(
        SubmissionVersion version, SenderFacts sender, bool isCurrent, CentralQuery query, KnownActor? submitter) =>
        new(
            version.InstanceId,
            version.SubmitterId.Value == 0 ? null : version.SubmitterId.Value,
            sender.DeviceId,
            sender.UserAgent,
            null,
            isCurrent,
            version.CreatedAt)
        {
            IsExtended = query.IsExtended,
            Submitter = ActorDetailV1.Of(submitter),
        };
}

/// <summary>A file that a submission names.</summary>
/// <param name="Exists">Whether it has come.</param>
internal sealed record SubmissionFileV1(string Name, bool Exists);

/// <summary>What a reviewer says.</summary>
/// <param name="ReviewState"><c>hasIssues</c>, <c>edited</c>, <c>approved</c> or <c>rejected</c>.</param>
internal sealed record ReviewV1(string? ReviewState);

/// <summary>A comment to be made.</summary>
internal sealed record NewCommentV1([property: Required] string? Body);

/// <summary>A comment on a submission.</summary>
/// <param name="ActorId">Who wrote it.</param>
internal sealed record CommentV1(string Body, long ActorId, DateTimeOffset CreatedAt) : IExtendable
{
    /// <inheritdoc/>
    [JsonIgnore]
    public bool IsExtended { get; init; }

    /// <summary>Who wrote it, in full.</summary>
    [OnlyExtended]
    public ActorDetailV1? Actor { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"CommentV1 {{ {ActorId} }}";
}
