using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Contents;

namespace Fieldkeep.Server.Submissions.Recovering;

/// <summary>A submission of a restored database that may be placed anew elsewhere.</summary>
/// <param name="ReviewState">What reviewers said; null when nobody looked.</param>
/// <param name="DeploymentId">The deployment it stood in; null for none.</param>
/// <param name="IsAnonymous">Whether nobody is told who sent it, not even who did.</param>
internal sealed record RecoverableSubmission(
    SubmissionId Id,
    long Sequence,
    string InstanceId,
    ActorId SubmitterId,
    string? ReviewState,
    int CurrentVersion,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? DeletedAt,
    long? DeploymentId,
    bool IsAnonymous);

/// <summary>A version of it, opened. The answers are in the clear: whoever takes it disposes of it, and they are zeroed.</summary>
internal sealed class RecoverableContent : IDisposable
{
    /// <summary>Its number.</summary>
    public required int Version { get; init; }

    /// <summary>Its id.</summary>
    public required string InstanceId { get; init; }

    /// <summary>The form's version, as numbered there.</summary>
    public required FormVersionId FormVersion { get; init; }

    /// <summary>Who sent it.</summary>
    public required ActorId Submitter { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When answers were taken out or replaced for good; null when never.</summary>
    public required DateTimeOffset? RewrittenAt { get; init; }

    /// <summary>What the phone told about itself; null when it told nothing.</summary>
    public required SenderFacts? Facts { get; init; }

    /// <summary>Which of its files holds the answers, encrypted on the phone; null for answers in the clear.</summary>
    public required int? EncryptedOrdinal { get; init; }

    /// <summary>The instance as it is kept: without confidential answers.</summary>
    public required byte[] Xml { get; init; }

    /// <summary>The instance with them; the same as <see cref="Xml"/> where there are none.</summary>
    public required byte[] Whole { get; init; }

    /// <summary>The record of confidential answers; null where the version was not split.</summary>
    public required byte[]? Values { get; init; }

    /// <summary>When all confidential answers were taken out of it; null when never.</summary>
    public required DateTimeOffset? EmptiedAt { get; init; }

    /// <summary>Its files, in its order.</summary>
    public required IReadOnlyList<RecoverableFile> Files { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(Xml);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(Whole);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(Values);
    }
}

/// <summary>A file that a version names.</summary>
/// <param name="Blob">Where its sealed bytes lie there; null while they are missing.</param>
/// <param name="IsConfidential">Whether name and bytes are sealed with the keys of confidential answers.</param>
internal sealed record RecoverableFile(string Name, Guid Row, byte[]? Blob, DateTimeOffset? ReceivedAt, bool IsConfidential);
