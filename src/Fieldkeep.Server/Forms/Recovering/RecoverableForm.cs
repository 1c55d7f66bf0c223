using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Forms.Recovering;

/// <summary>A form of a restored database that may be placed anew elsewhere.</summary>
/// <param name="State">open, closing or closed.</param>
/// <param name="DraftVersionId">Its draft; null when it has none.</param>
/// <param name="IsTrashed">Whether it lay in the trash.</param>
internal sealed record RecoverableForm(FormId Id, string XmlFormId, string State, DateTimeOffset CreatedAt, FormVersionId? DraftVersionId, bool IsTrashed);

/// <summary>One of its versions: published, or the draft.</summary>
/// <param name="PublishedAt">Null for the draft.</param>
internal sealed record RecoverableVersion(
    FormVersionId Id,
    string Version,
    string Title,
    string Xform,
    byte[]? Workbook,
    string? WorkbookType,
    string? ItemsetsCsv,
    DateTimeOffset CreatedAt,
    DateTimeOffset? PublishedAt);

/// <summary>A form that was placed anew.</summary>
/// <param name="Id">Its number here.</param>
/// <param name="State">The state it had, and is given when all is there: until then it is closed, and phones do not see it.</param>
/// <param name="Versions">The number here of each of its published versions, by the number there.</param>
/// <param name="HasDraft">Whether its draft came along.</param>
/// <param name="Files">Files that came along, each once.</param>
/// <param name="ConfidentialNumber">How many lines of what is confidential came along: the number that its submissions are split by. Somebody may add to them here meanwhile.</param>
/// <param name="MissingFiles">Files whose bytes could not be had, by version and name.</param>
internal sealed record PlacedForm(
    FormId Id,
    string XmlFormId,
    FormState State,
    IReadOnlyDictionary<FormVersionId, FormVersionId> Versions,
    bool HasDraft,
    int Files,
    int ConfidentialNumber,
    IReadOnlyList<string> MissingFiles);
