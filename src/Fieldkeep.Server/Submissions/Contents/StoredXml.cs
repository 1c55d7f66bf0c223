using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Vault;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.Server.Submissions.Contents;

/// <summary>Opens the instance of a version, from its row or its file. Callers check access and write the audit line first.</summary>
internal sealed class StoredXml(Db db, SealedContents contents, ConfidentialContents confidential)
{
    private const string Sealed = """
        select v.xml, v.xml_blob, v.form_version_id, v.confidential, v.encrypted_ordinal is not null as is_encrypted, c.sealed as taken
        from submissions.versions v
        left join submissions.confidential c on c.submission_id = v.submission_id and c.version = v.version and v.confidential is not null
        where v.submission_id = @submission and v.version = @version
        """;

    /// <summary>Gives the instance without confidential answers, else as it was received, UTF-8; at most <see cref="Receiving.SubmissionLimits.MaxInstanceBytes"/>.</summary>
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
        return await OpenAsync(
            instanceId,
            async () =>
            {
                var xml = await OpenAsync(project, submission, version, stored, cancellationToken);
                return stored.IsEncrypted
                    ? xml
                    : await confidential.MaskAsync(project, stored.RefOf(submission, version), xml, stored.Taken, cancellationToken);
            });
    }

    /// <summary>Gives the instance with its confidential answers. Callers have asked <see cref="ConfidentialSight"/>.</summary>
    /// <exception cref="ProblemException"><c>submission.damaged</c>.</exception>
    public Task<byte[]> GetWholeAsync(
        ProjectRef project, SubmissionId submission, int version, string instanceId, CancellationToken cancellationToken) =>
        GetWholeAsync(db, project, submission, version, instanceId, cancellationToken);

    /// <summary>Gives it as a transaction sees it.</summary>
    /// <exception cref="ProblemException"><c>submission.damaged</c>.</exception>
    public async Task<byte[]> GetWholeAsync(
        Sql sql, ProjectRef project, SubmissionId submission, int version, string instanceId, CancellationToken cancellationToken)
    {
        var stored = await sql.GetAsync<SealedVersion>(Sealed, new { submission, version }, cancellationToken);
        return await OpenAsync(
            instanceId,
            async () => confidential.Merge(
                project, stored.RefOf(submission, version), await OpenAsync(project, submission, version, stored, cancellationToken), stored.Taken));
    }

    private static async Task<byte[]> OpenAsync(string instanceId, Func<Task<byte[]>> openAsync)
    {
        try
        {
            return await openAsync();
        }
        catch (Exception problem) when (problem is VaultException or InstanceException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw SubmissionReadProblems.Damaged(instanceId);
        }
    }

    private async Task<byte[]> OpenAsync(
        ProjectRef project, SubmissionId submission, int version, SealedVersion stored, CancellationToken cancellationToken)
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

    private sealed record SealedVersion(byte[]? Xml, byte[]? XmlBlob, FormVersionId FormVersionId, int? Confidential, bool IsEncrypted, byte[]? Taken)
    {
        public StoredVersionRef RefOf(SubmissionId submission, int version) => new(submission, version, FormVersionId, Confidential);
    }
}
