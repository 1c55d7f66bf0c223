namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>One part of a multipart request, read once, in order.</summary>
/// <param name="Name">The part's field name; <c>xml_submission_file</c> for the instance.</param>
/// <param name="FileName">The file name given; null for a plain field.</param>
/// <param name="ContentType">The media type given.</param>
/// <param name="Content">The bytes; valid until the next part is asked for.</param>
internal sealed record SubmissionPart(string Name, string? FileName, string? ContentType, Stream Content)
{
    /// <summary>The name OpenRosa gives the part that holds the instance.</summary>
    public const string InstanceName = "xml_submission_file";
}

/// <summary>How much a submission may bring. Settings; these are the defaults.</summary>
internal sealed record SubmissionLimits
{
    /// <summary>Instances up to this size are stored in their row; larger ones become sealed files. 1 MiB.</summary>
    public int InlineInstanceBytes { get; init; } = 1024 * 1024;

    /// <summary>The largest instance: 32 MiB.</summary>
    public long MaxInstanceBytes { get; init; } = 32L * 1024 * 1024;

    /// <summary>The largest attachment: 1 GiB.</summary>
    public long MaxAttachmentBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>The largest request, told to phones as X-OpenRosa-Accept-Content-Length: 1 GiB.</summary>
    public long MaxRequestBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>The most parts of one request.</summary>
    public int MaxParts { get; init; } = 1000;
}
