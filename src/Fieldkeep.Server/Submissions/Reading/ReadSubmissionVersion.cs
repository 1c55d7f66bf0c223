using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.Server.Submissions.Reading;

/// <summary>One version of a submission with its answers opened.</summary>
/// <param name="Xml">The instance as it was received, UTF-8.</param>
internal sealed record OpenedVersion(SubmissionSet Set, SubmissionRow Row, SubmissionVersion Version, byte[] Xml)
{
    /// <summary>The name it gives itself; null when it has none. An answer: not for logs.</summary>
    public string? InstanceName => InstanceReader.ReadHead(Xml, AttachmentPaths.None).InstanceName;
}

/// <summary>Opens one version of a submission, the current one or an earlier one. The reading stands in the audit book before anything leaves.</summary>
internal sealed class ReadSubmissionVersion(
    FindSubmissions find, SubmissionQueries submissions, StoredXml stored, ConfidentialSight sight, Db db, AuditLog audit)
{
    /// <summary>Opens it for the actor.</summary>
    /// <param name="wanted">Whether confidential answers are wanted with the others.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>,
    /// <c>submission.no_such_version</c>, <c>submission.damaged</c>, <c>submission.confidential</c>.
    /// </exception>
    public async Task<OpenedVersion> RunAsync(
        Actor actor, ProjectRef project, SubmissionPlace place, ConfidentialWish wanted, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionRead, project, place.XmlFormId, place.IsDraft, cancellationToken);
        var row = await submissions.GetAsync(set, place.InstanceId, cancellationToken);
        var version = await submissions.GetVersionAsync(set, row, place.VersionId ?? row.CurrentInstanceId, cancellationToken);
        await audit.AppendAsync(
            db,
            actor,
            new AuditEvent("submission.read", project.Id, "submission", row.InstanceId, $"version {version.Version}"),
            cancellationToken);
        var isWhole = await sight.SeesAsync(actor, set, wanted, cancellationToken);
        if (isWhole)
        {
            await sight.NoteAsync(actor, set, row.InstanceId, $"version {version.Version}", cancellationToken);
        }

        var xml = isWhole
            ? await stored.GetWholeAsync(project, row.Id, version.Version, row.InstanceId, cancellationToken)
            : await stored.GetAsync(project, row.Id, version.Version, row.InstanceId, cancellationToken);
        return new OpenedVersion(set, row, version, xml);
    }
}
