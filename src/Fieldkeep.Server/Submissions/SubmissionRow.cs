using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Contents;

namespace Fieldkeep.Server.Submissions;

/// <summary>Names the submissions of one form: those that count, or those that test its draft.</summary>
/// <param name="Project">The project with its keys.</param>
/// <param name="Form">The form.</param>
/// <param name="XmlFormId">The id that phones and scripts use.</param>
/// <param name="IsDraft">Whether the tests of the draft are meant.</param>
/// <param name="Rows">Which of them whoever asks may see: <see cref="VisibleRows"/> goes into every statement that reads them.</param>
internal sealed record SubmissionSet(ProjectRef Project, FormId Form, string XmlFormId, bool IsDraft, RowLimits Rows)
{
    /// <summary>Whether confidential answers are put back where the submissions are opened; only for who asked for that and may.</summary>
    public bool IsWhole { get; init; }
}

/// <summary>What stands in the clear about a submission.</summary>
/// <param name="Id">Our id, which envelopes are bound to.</param>
/// <param name="Sequence">Grows with arrival; orders every list.</param>
/// <param name="InstanceId">The id the phone gave it first; stays through edits.</param>
/// <param name="CurrentInstanceId">The id of its current version.</param>
/// <param name="SubmitterId">Who sent it first.</param>
/// <param name="ReviewState">hasIssues, edited, approved or rejected; null when nobody looked yet.</param>
/// <param name="CurrentVersion">1 for the first; one more for each edit.</param>
/// <param name="FormVersionId">The form version the current version was filled in with.</param>
/// <param name="DeletedAt">When it was moved to the trash; null when it lies there not.</param>
/// <param name="CurrentSubmitterId">Who sent the current version.</param>
/// <param name="CurrentCreatedAt">When the current version came.</param>
/// <param name="FirstMeta">Sealed facts about the device of the first version; null when it told none, and when that is the current one.</param>
/// <param name="Meta">Sealed facts about the device of the current version; null when it told none.</param>
/// <param name="EncryptedOrdinal">Which of its files holds the answers, encrypted on the phone; null when they came in the clear.</param>
/// <param name="DeploymentId">The deployment it is in, deleted or not; null for none.</param>
internal sealed record SubmissionRow(
    SubmissionId Id,
    long Sequence,
    string InstanceId,
    string CurrentInstanceId,
    ActorId SubmitterId,
    string? ReviewState,
    int CurrentVersion,
    FormVersionId FormVersionId,
    int AttachmentsExpected,
    int AttachmentsPresent,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? DeletedAt,
    ActorId CurrentSubmitterId,
    DateTimeOffset CurrentCreatedAt,
    byte[]? FirstMeta,
    byte[]? Meta,
    int? EncryptedOrdinal,
    long? DeploymentId)
{
    /// <summary>Gives the row as those see it who are not told who sent it with which device.</summary>
    public SubmissionRow WithoutProvenance() =>
        this with { SubmitterId = default, CurrentSubmitterId = default, FirstMeta = null, Meta = null };
}

/// <summary>What the phones that sent a submission told about themselves; empty facts where they told nothing.</summary>
/// <param name="First">Of the first version.</param>
/// <param name="Current">Of the current one.</param>
internal sealed record SubmissionSenders(SenderFacts First, SenderFacts Current);

/// <summary>One version of a submission: the first, or an edit.</summary>
/// <param name="Size">Bytes of the instance in the clear.</param>
internal sealed record SubmissionVersion(
    int Version,
    string InstanceId,
    FormVersionId FormVersionId,
    ActorId SubmitterId,
    int Size,
    DateTimeOffset CreatedAt,
    byte[]? Meta);

/// <summary>A file that a submission names.</summary>
/// <param name="Name">Its name in the clear, as the phone gave it.</param>
/// <param name="RowId">What name and bytes are bound to.</param>
/// <param name="Blob">Where the sealed bytes lie; null while they are missing.</param>
/// <param name="Size">Bytes in the clear; null while they are missing.</param>
/// <param name="IsConfidential">Whether a confidential question names it: name and bytes are for holders of the right.</param>
internal sealed record SubmissionFile(string Name, Guid RowId, byte[]? Blob, long? Size, DateTimeOffset? ReceivedAt, bool IsConfidential = false)
{
    /// <summary>Whether name and bytes are sealed with the keys of confidential answers; not yet where the question became confidential later.</summary>
    public bool IsSealedApart { get; init; }

    /// <summary>What books and lists say where a file's name is confidential.</summary>
    public const string HiddenName = "[confidential]";

    /// <summary>Gives a file's name as the books have it.</summary>
    public static string ShownName(string name, bool isConfidential) => isConfidential ? HiddenName : name;
}
