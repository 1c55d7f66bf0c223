using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Forms;

/// <summary>Says what phones may do with a form.</summary>
internal enum FormState
{
    /// <summary>Listed and accepting submissions.</summary>
    Open,

    /// <summary>No longer listed; what phones already hold may still come home.</summary>
    Closing,

    /// <summary>Neither listed nor accepting.</summary>
    Closed,
}

/// <summary>A form as the lists show it.</summary>
/// <param name="Id">Our number.</param>
/// <param name="ProjectId">Its project.</param>
/// <param name="XmlFormId">The id that phones and scripts use; unique in its project.</param>
/// <param name="Title">Title of the current version, else of the draft.</param>
/// <param name="State">What phones may do.</param>
/// <param name="Version">Current published version; null when never published. May be empty.</param>
/// <param name="PublishedAt">When the current version was published.</param>
/// <param name="DraftVersion">Version of the draft; null when there is none.</param>
/// <param name="CurrentVersionId">The current published version.</param>
/// <param name="DraftVersionId">The draft.</param>
/// <param name="CreatedAt">When the form was first uploaded.</param>
/// <param name="UpdatedAt">When anything of it last changed.</param>
/// <param name="CreatedBy">Who uploaded it first.</param>
/// <param name="Md5">MD5 of the XForm's UTF-8 bytes, hexadecimal; of the current version, else of the draft.</param>
/// <param name="WorkbookType">Extension of the spreadsheet behind it, such as <c>.xlsx</c>; null when it came as XML.</param>
/// <param name="DeletedAt">When it was moved to the trash; null when it lies there not.</param>
/// <param name="KeyId">The key that phones encrypt to; null when answers come in the clear. Of the current version, else of the draft.</param>
internal sealed record Form(
    FormId Id,
    ProjectId ProjectId,
    string XmlFormId,
    string Title,
    string State,
    string? Version,
    DateTimeOffset? PublishedAt,
    string? DraftVersion,
    FormVersionId? CurrentVersionId,
    FormVersionId? DraftVersionId,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    ActorId CreatedBy,
    string? Md5,
    string? WorkbookType,
    DateTimeOffset? DeletedAt,
    long? KeyId);

/// <summary>A published version of a form, newest first in lists.</summary>
/// <param name="KeyId">The key that phones encrypt to; null when answers come in the clear.</param>
internal sealed record FormVersion(
    FormVersionId Id,
    string Version,
    string Title,
    DateTimeOffset? PublishedAt,
    ActorId? PublishedBy,
    DateTimeOffset CreatedAt,
    string Md5,
    string? WorkbookType,
    long? KeyId);

/// <summary>A file that belongs to a form version.</summary>
/// <param name="Name">File name as the form asks for it.</param>
/// <param name="Kind">image, audio, video or file.</param>
/// <param name="IsPresent">Whether its bytes were uploaded.</param>
/// <param name="Size">Bytes in the clear; null while absent.</param>
/// <param name="UpdatedAt">When the bytes came.</param>
internal sealed record FormFile(string Name, string Kind, bool IsPresent, long? Size, DateTimeOffset? UpdatedAt);
