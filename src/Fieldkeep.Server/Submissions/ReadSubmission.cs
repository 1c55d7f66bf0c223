using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault;

namespace Fieldkeep.Server.Submissions;

/// <summary>One submission with its answers opened for someone who may read them.</summary>
/// <param name="Set">Where it belongs.</param>
/// <param name="Row">What stands in the clear.</param>
/// <param name="Xml">The instance as it was received, UTF-8; at most <see cref="SubmissionLimits.MaxInstanceBytes"/>.</param>
/// <param name="Sender">What the phone told about itself; empty when it told nothing or it is damaged.</param>
/// <param name="Files">The files it names.</param>
internal sealed record OpenedSubmission(
    SubmissionSet Set, SubmissionRow Row, byte[] Xml, SenderFacts Sender, IReadOnlyList<SubmissionFile> Files);

/// <summary>Opens one submission. The reading stands in the audit book before anything leaves.</summary>
internal sealed class ReadSubmission(
    FindSubmissions find, SubmissionQueries submissions, SealedContents contents, Db db, AuditLog audit)
{
    private const string Sealed = """
        select xml, xml_blob from submissions.versions where submission_id = @submission and version = @version
        """;

    /// <summary>Opens it for the actor.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>,
    /// <c>submission.damaged</c>.
    /// </exception>
    public async Task<OpenedSubmission> RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        bool isDraft,
        string instanceId,
        CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionRead, project, xmlFormId, isDraft, cancellationToken);
        var row = await submissions.GetAsync(set, instanceId, cancellationToken);
        var stored = await db.GetAsync<SealedVersion>(
            Sealed, new { submission = row.Id, version = row.CurrentVersion }, cancellationToken);
        var files = await submissions.ListFilesAsync(project, row.Id, row.CurrentVersion, cancellationToken);
        await audit.AppendAsync(
            db,
            actor,
            new AuditEvent("submission.read", project.Id, "submission", row.InstanceId, null),
            cancellationToken);
        var sender = submissions.SenderOf(project, row.Id, row.CurrentVersion, row.Meta);
        return new OpenedSubmission(set, row, await OpenXmlAsync(project, row, stored, cancellationToken), sender, files);
    }

    private async Task<byte[]> OpenXmlAsync(
        ProjectRef project, SubmissionRow row, SealedVersion stored, CancellationToken cancellationToken)
    {
        try
        {
            if (stored.XmlBlob is not { } blob)
            {
                return contents.OpenXml(project, row.Id, row.CurrentVersion, stored.Xml);
            }

            await using var sealedXml = await contents.OpenXmlBlobAsync(
                project, row.Id, row.CurrentVersion, new BlobId(blob), cancellationToken);
            var xml = new byte[sealedXml.Length];
            await sealedXml.ReadExactlyAsync(xml, cancellationToken);
            return xml;
        }
        catch (Exception problem) when (problem is VaultException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw SubmissionReadProblems.Damaged(row.InstanceId);
        }
    }

    private sealed record SealedVersion(byte[]? Xml, byte[]? XmlBlob);
}
