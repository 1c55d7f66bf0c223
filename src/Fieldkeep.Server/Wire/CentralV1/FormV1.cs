using System.Text.Json.Serialization;
using Fieldkeep.Server.Forms;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>A form as Central's API shows it; the last members only where they were asked for.</summary>
internal sealed record FormV1(
    long ProjectId,
    string XmlFormId,
    string Name,
    string? Version,
    string State,
    string? EnketoId,
    string? EnketoOnceId,
    long? KeyId,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? PublishedAt)
{
    /// <summary>The secret of the draft's test address; only on drafts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DraftToken { get; init; }

    /// <summary>Number of submissions; only with extended metadata.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Submissions { get; init; }

    /// <summary>When the newest came; only with extended metadata.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? LastSubmission { get; init; }

    /// <summary>Shows a form.</summary>
    public static FormV1 Of(Form form) => new(
        form.ProjectId.Value,
        form.XmlFormId,
        form.Title,
        form.Version ?? form.DraftVersion,
        form.State,
        null,
        null,
        null,
        form.CreatedAt,
        form.UpdatedAt,
        form.PublishedAt);
}
