using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault;

namespace Fieldkeep.Server.Submissions.Contents;

/// <summary>Opens the instance of a version, from its row or its file. Callers check access and write the audit line first.</summary>
internal sealed class StoredXml(Db db, SealedContents contents)
{
    private const string Sealed = """
        select xml, xml_blob from submissions.versions where submission_id = @submission and version = @version
        """;

    /// <summary>Gives the instance as it was received, UTF-8; at most <see cref="Receiving.SubmissionLimits.MaxInstanceBytes"/>.</summary>
    /// <exception cref="ProblemException"><c>submission.damaged</c>.</exception>
    public Task<byte[]> GetAsync(
        ProjectRef project, SubmissionId submission, int version, string instanceId, CancellationToken cancellationToken) =>
        GetAsync(db, project, submission, version, instanceId, cancellationToken);

    /// <summary>Gives it as a transaction sees it.</summary>
    /// <exception cref="ProblemException"><c>submission.damaged</c>.</exception>
    public async Task<byte[]> GetAsync(
        Sql sql, ProjectRef project, SubmissionId submission, int version, string instanceId, CancellationToken cancellationToken)
    {
        var stored = await sql.GetAsync<SealedVersion>(Sealed, new { submission, version }, cancellationToken);
        try
        {
            if (stored.XmlBlob is not { } blob)
            {
                return contents.OpenXml(project, submission, version, stored.Xml);
            }

            await using var sealedXml = await contents.OpenXmlBlobAsync(
                project, submission, version, new BlobId(blob), cancellationToken);
            var xml = new byte[sealedXml.Length];
            await sealedXml.ReadExactlyAsync(xml, cancellationToken);
            return xml;
        }
        catch (Exception problem) when (problem is VaultException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw SubmissionReadProblems.Damaged(instanceId);
        }
    }

    private sealed record SealedVersion(byte[]? Xml, byte[]? XmlBlob);
}
