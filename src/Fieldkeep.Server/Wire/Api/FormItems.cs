using System.Text.Json.Serialization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>A form in a list of the web interface.</summary>
/// <param name="Id">The form's own id (<c>form_id</c> of the XLSForm).</param>
/// <param name="State"><c>open</c>, <c>closing</c> or <c>closed</c>.</param>
/// <param name="Version">Null until the first version is published.</param>
/// <param name="DraftVersion">Null when it has no draft.</param>
internal record FormItem(
    string Id,
    string Title,
    FormState State,
    string? Version,
    DateTimeOffset? PublishedAt,
    bool HasDraft,
    string? DraftVersion,
    long Submissions,
    DateTimeOffset? LastSubmission,
    DateTimeOffset UpdatedAt)
{
    /// <summary>Shows a form.</summary>
    public static FormItem Of(Form form, SubmissionTotal? count) => new(
        form.XmlFormId,
        form.Title,
        Enum.Parse<FormState>(form.State, ignoreCase: true),
        form.Version,
        form.PublishedAt,
        form.DraftVersionId is not null,
        form.DraftVersion,
        count?.Submissions ?? 0,
        count?.LastSubmission,
        form.UpdatedAt ?? form.CreatedAt);
}

/// <summary>A form with its draft, versions and files. Who may fill it in but not read it is told of none of those.</summary>
/// <param name="Attachments">The files of the published version.</param>
/// <param name="May">What you may do with it, of what its page offers.</param>
internal sealed record FormDetail(
    [property: JsonIgnore] FormItem Item,
    DraftItem? Draft,
    IReadOnlyList<VersionItem> Versions,
    IReadOnlyList<FileItem> Attachments,
    IReadOnlyList<Permission> May)
    : FormItem(Item);

/// <summary>A draft and how to test it.</summary>
/// <param name="TestToken">The secret in <c>testUrl</c>.</param>
/// <param name="TestUrl">What to give ODK Collect as the server's address.</param>
/// <param name="TestSubmissions">What was sent to this and earlier drafts of the form; it never counts as data.</param>
internal sealed record DraftItem(
    string Version,
    string Title,
    DateTimeOffset CreatedAt,
    IReadOnlyList<FileItem> Attachments,
    string TestToken,
    string TestUrl,
    TestQr TestQr,
    long TestSubmissions);

/// <summary>A code that brings a phone a draft to test.</summary>
/// <param name="Svg">The picture, an SVG document.</param>
/// <param name="Settings">What the picture says: ODK Collect's settings, packed and in Base64.</param>
internal sealed record TestQr(string Svg, string Settings);

/// <summary>A published version.</summary>
/// <param name="PublishedBy">Null when it is not known.</param>
internal sealed record VersionItem(string Version, DateTimeOffset? PublishedAt, string? PublishedBy);

/// <summary>A file that a form asks for.</summary>
/// <param name="Size">Bytes; null while it is missing.</param>
internal sealed record FileItem(string Name, string Kind, bool Present, long? Size);

/// <summary>What to change of a form.</summary>
/// <param name="State"><c>open</c>, <c>closing</c> or <c>closed</c>.</param>
internal sealed record FormPatch([property: System.ComponentModel.DataAnnotations.Required] string? State);

/// <summary>How to publish a draft.</summary>
/// <param name="Version">The version to publish it as, instead of the one in its file.</param>
internal sealed record Publication(string? Version);
