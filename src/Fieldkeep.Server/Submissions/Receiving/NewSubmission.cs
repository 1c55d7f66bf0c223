using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Submissions.History;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>A submission read, sealed and ready to be written: no work is left for the transaction but the writing.</summary>
internal sealed record NewSubmission
{
    public required SubmissionId Id { get; init; }

    public required ProjectRef Project { get; init; }

    public required FormId Form { get; init; }

    public required FormVersionId FormVersion { get; init; }

    public required bool IsDraft { get; init; }

    public required string InstanceId { get; init; }

    /// <summary>The instance this one is an edit of; null for a new one.</summary>
    public required string? DeprecatedId { get; init; }

    /// <summary>The submission that must be the one edited, by the id it was first sent with; null for any.</summary>
    public string? EditOf { get; init; }

    public required Actor Submitter { get; init; }

    /// <summary>Equal for equal instances of one project, and tells nothing else.</summary>
    public required byte[] ContentMac { get; init; }

    /// <summary>The sealed instance; null when it lies in <see cref="XmlBlob"/>.</summary>
    public required byte[]? Xml { get; init; }

    /// <summary>The sealed instance as a file, when it is large.</summary>
    public required StoredBlob? XmlBlob { get; init; }

    /// <summary>Sealed facts about the sender's device; null when it told none.</summary>
    public required byte[]? Meta { get; init; }

    /// <summary>Bytes of the instance in the clear.</summary>
    public required int Size { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When what is kept of rights was read that it was let in by, because the database was away; null when the database was asked.</summary>
    public DateTimeOffset? AllowedAt { get; init; }

    /// <summary>Whether it was set aside by the intake journal and a person gave it back.</summary>
    public bool IsBack { get; init; }

    /// <summary>The files the instance names, in its order.</summary>
    public required IReadOnlyList<NamedFile> Files { get; init; }

    /// <summary>Which of the files holds the answers, encrypted on the phone; null for answers that came in the clear.</summary>
    public int? EncryptedOrdinal { get; init; }

    /// <summary>What confidential questions were answered, taken out of the instance; null where the form has none.</summary>
    public ConfidentialPart? Confidential { get; init; }

    /// <summary>The ledger entry of its creation.</summary>
    public required PreparedChange Change { get; init; }

    /// <summary>What the conditions of its form were found to be; empty where there are none, and for drafts.</summary>
    public IReadOnlyList<RowMatch> Matches { get; init; } = [];

    /// <summary>The deployment it goes to; null for none. Where it begins there is found when it is written.</summary>
    public DeploymentId? Deployment { get; init; }

    /// <summary>Whether it is final there at once, as far as was known when its conditions were asked.</summary>
    public bool IsFinalAtOnce { get; init; }

    /// <summary>Whether it was here before, so that nothing but its missing files can be taken.</summary>
    public bool IsAgain { get; init; }

    /// <summary>What its sender remarked about it, sealed; null when there is nothing.</summary>
    public PreparedEvent? Event { get; init; }
}

/// <summary>A file that an instance names, with its bytes when they came.</summary>
/// <param name="Name">The name in the clear; never written anywhere.</param>
/// <param name="NameMac">Finds the row by name.</param>
/// <param name="Row">What the sealed name and bytes are bound to.</param>
/// <param name="SealedName">The sealed name.</param>
/// <param name="Received">The bytes; null while they are missing.</param>
/// <param name="IsConfidential">Whether a confidential question names it.</param>
internal sealed record NamedFile(string Name, byte[] NameMac, Guid Row, byte[] SealedName, ReceivedFile? Received, bool IsConfidential);

/// <summary>The confidential answers of an instance, sealed.</summary>
/// <param name="Number">The number of the form's flags that it was split by.</param>
/// <param name="Sealed">The answers.</param>
/// <param name="MaskedMac">The keyed hash of the instance that stays.</param>
/// <param name="ValuesMac">The keyed hash of the answers.</param>
/// <param name="Edited">What the version that was edited was split by; null when there was none to be found.</param>
/// <param name="IsBeyondRight">Whether it is an edit that gives confidential answers, by someone who may not: it is refused once it is known that they see what they edit.</param>
internal sealed record ConfidentialPart(int Number, byte[] Sealed, byte[] MaskedMac, byte[] ValuesMac, EditedSplit? Edited, bool IsBeyondRight)
{
    /// <summary>Where an edit gave confidential answers or took some away; nothing for what is no edit.</summary>
    public IReadOnlyList<string> Changed { get; init; } = [];
}

/// <summary>The version whose confidential answers an edit kept, as it was when they were taken.</summary>
/// <param name="Submission">Its submission.</param>
/// <param name="Number">The number it was split by; null when it was not.</param>
/// <param name="IsCurrent">Whether it was the one to edit; false for one that is brought back.</param>
internal sealed record EditedSplit(SubmissionId Submission, int? Number, bool IsCurrent);

/// <summary>A file's sealed bytes on disk.</summary>
/// <param name="Row">What the bytes are bound to.</param>
/// <param name="Blob">Where they lie.</param>
/// <param name="ContentMac">Equal for equal bytes of one project.</param>
/// <param name="Size">Length in the clear.</param>
internal sealed record ReceivedFile(Guid Row, StoredBlob Blob, byte[] ContentMac, long Size);
