using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Finds what was remarked when a form was published, in the audit book. Callers check access first.</summary>
internal sealed class PublishNotes
{
    // The line is written in the publishing's own transaction, after the moment that the version keeps.
    private static readonly TimeSpan Apart = TimeSpan.FromMinutes(1);

    private readonly List<AuditEntry> _lines;

    private PublishNotes(List<AuditEntry> lines) => _lines = lines;

    /// <summary>Reads the remarks about every version of a form.</summary>
    public static async Task<PublishNotes> ReadAsync(
        AuditSearch search, ProjectId project, FormId form, CancellationToken cancellationToken)
    {
        var lines = await search.ListOfSubjectsAsync(project, "form", [form.Value.ToString()], cancellationToken);
        return new PublishNotes([.. lines.Where(line => line.Action == "form.publish")]);
    }

    /// <summary>Gives the remark about the version published then; null when there is none.</summary>
    public string? At(DateTimeOffset? publishedAt) => publishedAt is { } at
        ? _lines.Where(line => line.At >= at && line.At - at < Apart).MinBy(line => line.At)?.Notes
        : null;
}
