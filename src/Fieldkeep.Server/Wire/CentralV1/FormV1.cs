using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Fieldkeep.Server.Forms;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>A form as Central's API shows it; the last members only where they were asked for.</summary>
/// <param name="Version">Null until the first version is published.</param>
/// <param name="State"><c>open</c>, <c>closing</c> or <c>closed</c>.</param>
/// <param name="EnketoId">Always null: there are no Enketo links.</param>
/// <param name="EnketoOnceId">Always null, as <c>enketoId</c>.</param>
/// <param name="KeyId">Always null: there is no managed encryption of Central's kind.</param>
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

/// <summary>What to change of a form.</summary>
/// <param name="State"><c>open</c>, <c>closing</c> or <c>closed</c>.</param>
internal sealed record FormPatchV1([property: Required] string? State);
