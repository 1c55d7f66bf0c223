namespace Fieldkeep.Server.Wire.Api;

/// <summary>A form in a list of the web interface.</summary>
internal record FormItem(
    string Id,
    string Title,
    string State,
    string? Version,
    DateTimeOffset? PublishedAt,
    bool HasDraft,
    string? DraftVersion,
    long Submissions,
    DateTimeOffset? LastSubmission,
    DateTimeOffset UpdatedAt);

/// <summary>A form with its draft, versions and files.</summary>
internal sealed record FormDetail(
    FormItem Item, DraftItem? Draft, IReadOnlyList<VersionItem> Versions, IReadOnlyList<FileItem> Attachments)
    : FormItem(Item);

/// <summary>A draft and how to test it.</summary>
internal sealed record DraftItem(
    string Version,
    string Title,
    DateTimeOffset CreatedAt,
    IReadOnlyList<FileItem> Attachments,
    string TestToken,
    string TestUrl,
    object TestQr);

/// <summary>A published version.</summary>
internal sealed record VersionItem(string Version, DateTimeOffset? PublishedAt, string? PublishedBy);

/// <summary>A file that a form asks for.</summary>
internal sealed record FileItem(string Name, string Kind, bool Present, long? Size);
