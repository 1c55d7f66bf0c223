using System.Text.Json.Serialization;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Wire.Shared;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>A form as Central's API shows it; the last members only where they were asked for.</summary>
/// <param name="Version">Null until the first version is published.</param>
/// <param name="State"><c>open</c>, <c>closing</c> or <c>closed</c>.</param>
/// <param name="EnketoId">Always null: there are no Enketo links.</param>
/// <param name="EnketoOnceId">Always null, as <c>enketoId</c>.</param>
/// <param name="KeyId">The key that phones encrypt to; null when answers come in the clear.</param>
/// <param name="Hash">MD5 of the XForm, hexadecimal.</param>
/// <param name="WebformsEnabled">Always false.</param>
internal sealed record FormV1(
    long ProjectId,
    string XmlFormId,
    string Name,
    string? Version,
    string State,
    string? EnketoId,
    string? EnketoOnceId,
    long? KeyId,
    string Hash,
    bool WebformsEnabled,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? PublishedAt) : IExtendable
{
    /// <inheritdoc/>
    [JsonIgnore]
    public bool IsExtended { get; init; }

    /// <summary>The secret of the draft's test address; only on drafts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DraftToken { get; init; }

    /// <summary>When it was moved to the trash; only on forms there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>The number to restore it by; only on forms in the trash.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Id { get; init; }

    /// <summary>Number of submissions.</summary>
    [OnlyExtended]
    public long Submissions { get; init; }

    /// <summary>Number of submissions in each state of review.</summary>
    [OnlyExtended]
    public ReviewStateCountsV1 ReviewStates { get; init; } = new(0, 0, 0);

    /// <summary>When the newest submission came.</summary>
    [OnlyExtended]
    public DateTimeOffset? LastSubmission { get; init; }

    /// <summary>The media type of the spreadsheet behind it; null when it came as XML.</summary>
    [OnlyExtended]
    public string? ExcelContentType { get; init; }

    /// <summary>Who uploaded it first.</summary>
    [OnlyExtended]
    public ActorDetailV1? CreatedBy { get; init; }

    /// <summary>Always false: entities are not there yet.</summary>
    [OnlyExtended]
    public bool EntityRelated { get; init; }

    /// <summary>Number of public links that are not revoked.</summary>
    [OnlyExtended]
    public int PublicLinks { get; init; }

    /// <summary>What was remarked when it was published; null when nothing, and in lists of forms.</summary>
    [OnlyExtended]
    public string? PublishNotes { get; init; }

    /// <summary>Who published this version; only on versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ActorDetailV1? PublishedBy { get; init; }

    /// <summary>Shows a form.</summary>
    public static FormV1 Of(Form form) => new(
        form.ProjectId.Value,
        form.XmlFormId,
        form.Title,
        form.Version ?? form.DraftVersion,
        form.State,
        null,
        null,
        form.KeyId,
        form.Md5 ?? "",
        false,
        form.CreatedAt,
        form.UpdatedAt,
        form.PublishedAt)
    {
        DeletedAt = form.DeletedAt,
        Id = form.DeletedAt is null ? null : form.Id.Value,
        ExcelContentType = ExcelTypes.Find(form.WorkbookType),
    };

    /// <summary>Shows one version of a form.</summary>
    public static FormV1 Of(Form form, FormVersion version) => Of(form) with
    {
        Name = version.Title,
        Version = version.Version,
        Hash = version.Md5,
        PublishedAt = version.PublishedAt,
        KeyId = version.KeyId,
        ExcelContentType = ExcelTypes.Find(version.WorkbookType),
    };

    /// <summary>Shows it with what extended metadata adds.</summary>
    public FormV1 Extended(SubmissionTotal? total, KnownActor? createdBy, int publicLinks) => this with
    {
        IsExtended = true,
        Submissions = total?.Submissions ?? 0,
        ReviewStates = new ReviewStateCountsV1(total?.Received ?? 0, total?.HasIssues ?? 0, total?.Edited ?? 0),
        LastSubmission = total?.LastSubmission,
        CreatedBy = ActorDetailV1.Of(createdBy),
        PublicLinks = publicLinks,
    };
}

/// <summary>How many submissions are in which state of review.</summary>
/// <param name="Received">Those that nobody reviewed yet.</param>
internal sealed record ReviewStateCountsV1(long Received, long HasIssues, long Edited);

/// <summary>What to change of a form; what is absent stays.</summary>
/// <param name="State"><c>open</c>, <c>closing</c> or <c>closed</c>.</param>
internal sealed record FormPatchV1(string? State);

/// <summary>The media types of spreadsheets.</summary>
internal static class ExcelTypes
{
    /// <summary>Gives the type of an extension; null for what is no Excel file.</summary>
    public static string? Find(string? extension) => extension switch
    {
        ".xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".xls" => "application/vnd.ms-excel",
        _ => null,
    };
}
