namespace Fieldkeep.XForms.Instances;

/// <summary>Names the form and version an instance was filled in with, read from its first tag.</summary>
/// <param name="RootName">Local name of the root.</param>
/// <param name="FormId">The root's <c>id</c>, or its namespace.</param>
/// <param name="Version">The root's <c>version</c>; null when it has none, which is not the same as empty.</param>
/// <param name="IsEncrypted">Whether the answers are in an encrypted file beside the instance.</param>
public sealed record InstanceRoot(string RootName, string FormId, string? Version, bool IsEncrypted);

/// <summary>Holds what must be known of an instance before it is stored.</summary>
/// <param name="RootName">Local name of the root.</param>
/// <param name="FormId">The root's <c>id</c>, or its namespace.</param>
/// <param name="Version">The root's <c>version</c>; null when it has none, which is not the same as empty.</param>
/// <param name="InstanceId">Id the device gave, such as <c>uuid:…</c>; at most 255 characters.</param>
/// <param name="DeprecatedId">Id of the instance this one replaces; null for a new one.</param>
/// <param name="InstanceName">Name shown for it; null when it has none. An answer: not for logs.</param>
/// <param name="IsEncrypted">Whether the answers are in an encrypted file beside the instance.</param>
/// <param name="AttachmentNames">Names of the files that belong to it, each once, in document order.</param>
public sealed record InstanceHead(
    string RootName,
    string FormId,
    string? Version,
    string InstanceId,
    string? DeprecatedId,
    string? InstanceName,
    bool IsEncrypted,
    IReadOnlyList<string> AttachmentNames)
{
    /// <summary>Which of the files holds the encrypted answers; null when they are not encrypted, or it is not named.</summary>
    public string? AnswersFile { get; init; }
}
