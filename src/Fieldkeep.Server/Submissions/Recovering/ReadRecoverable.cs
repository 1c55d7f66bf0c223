using System.Security.Cryptography;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.History;

namespace Fieldkeep.Server.Submissions.Recovering;

/// <summary>Reads the submissions of a project in a restored database, one at a time and whole. Whoever recovers has been asked for access.</summary>
internal sealed class ReadRecoverable(
    Db db, SealedContents contents, ConfidentialContents confidential, SplitStored split, SubmissionEvents events, SubmissionComments comments)
{
    private const string Next = """
        select id, sequence, instance_id, submitter_id, review_state, current_version, created_at, updated_at, deleted_at, deployment_id, is_anonymous
        from submissions.submissions where form_id = @form and not is_draft and sequence > @after order by sequence limit @limit
        """;

    private const string Tests = "select count(*) from submissions.submissions where project_id = @project and is_draft";

    private const string Count = "select count(*) from submissions.submissions where project_id = @project and not is_draft";

    private const string HeldFiles = "select count(distinct row_id)::integer from submissions.attachments where submission_id = @submission and blob is not null";

    private const string People = """
        select submitter_id from submissions.submissions where id = any (@ids)
        union select submitter_id from submissions.versions where submission_id = any (@ids)
        union select author_id from submissions.comments where submission_id = any (@ids)
        union select actor_id from submissions.events where submission_id = any (@ids)
        """;

    private const string Version = """
        select v.instance_id, v.form_version_id, v.submitter_id, v.created_at, v.rewritten_at, v.meta, v.encrypted_ordinal, v.xml, v.xml_blob, v.confidential,
               c.sealed as taken, c.emptied_at
        from submissions.versions v
        left join submissions.confidential c on c.submission_id = v.submission_id and c.version = v.version and v.confidential is not null
        where v.submission_id = @submission and v.version = @version
        """;

    private const string Files = """
        select name, row_id, blob, received_at, confidential from submissions.attachments
        where submission_id = @submission and version = @version order by ordinal
        """;

    /// <summary>Lists the next of a form in the order of receipt, those in the trash too.</summary>
    public Task<IReadOnlyList<RecoverableSubmission>> ListAsync(FormId form, long after, int limit, CancellationToken cancellationToken) =>
        db.ListAsync<RecoverableSubmission>(Next, new { form, after, limit }, cancellationToken);

    /// <summary>Counts the submissions of a project, of all its forms, those in the trash too.</summary>
    public Task<long> CountAsync(ProjectId project, CancellationToken cancellationToken) =>
        db.GetAsync<long>(Count, new { project }, cancellationToken);

    /// <summary>Lists who sent some submissions, edited them, or said something about them.</summary>
    public Task<IReadOnlyList<ActorId>> ListPeopleAsync(IEnumerable<SubmissionId> submissions, CancellationToken cancellationToken) =>
        db.ListAsync<ActorId>(People, new { ids = submissions.Select(submission => submission.Value).ToArray() }, cancellationToken);

    /// <summary>Counts the files of a submission whose bytes had come, each once.</summary>
    public Task<int> CountFilesAsync(SubmissionId submission, CancellationToken cancellationToken) =>
        db.GetAsync<int>(HeldFiles, new { submission }, cancellationToken);

    /// <summary>Counts the tests of drafts.</summary>
    public Task<long> CountTestsAsync(ProjectId project, CancellationToken cancellationToken) =>
        db.GetAsync<long>(Tests, new { project }, cancellationToken);

    /// <summary>Opens a version. One that is not split by what is confidential now is split first.</summary>
    /// <exception cref="Vault.VaultException">It is damaged.</exception>
    /// <exception cref="IOException">Its bytes are gone.</exception>
    /// <exception cref="InvalidDataException">It cannot be split.</exception>
    public async Task<RecoverableContent> OpenAsync(ProjectRef project, SubmissionId submission, int version, CancellationToken cancellationToken)
    {
        var of = new { submission, version };
        var row = await db.GetAsync<VersionRow>(Version, of, cancellationToken);
        if (row is { EncryptedOrdinal: null, Confidential: not null, Taken: null })
        {
            // Read or split as it is, it would pass for one that has none.
            throw new InvalidDataException("its confidential answers are gone");
        }

        if (row.EncryptedOrdinal is null
            && await confidential.FindStalePlanAsync(row.FormVersionId, row.Confidential, cancellationToken) is not null)
        {
            await split.RunAsync(project, submission, version, cancellationToken);
            row = await db.GetAsync<VersionRow>(Version, of, cancellationToken);
            if (await confidential.FindStalePlanAsync(row.FormVersionId, row.Confidential, cancellationToken) is not null)
            {
                // Placed as it is, it would pass for split by what counts now.
                throw new InvalidDataException("what is confidential in it cannot be told apart from the rest: its answers are damaged");
            }
        }

        var xml = await contents.OpenWholeXmlAsync(project, submission, version, row.Xml, row.XmlBlob, cancellationToken);
        var isSplit = row is { Confidential: not null, Taken: not null };
        var files = await db.ListAsync<FileRow>(Files, of, cancellationToken);
        return new RecoverableContent
        {
            Version = version,
            InstanceId = row.InstanceId,
            FormVersion = row.FormVersionId,
            Submitter = row.SubmitterId,
            ReceivedAt = row.CreatedAt,
            RewrittenAt = row.RewrittenAt,
            Facts = row.Meta is null ? null : contents.OpenMetaOrNothing(project, submission, version, row.Meta),
            EncryptedOrdinal = row.EncryptedOrdinal,
            Xml = xml,
            Whole = isSplit
                ? confidential.Merge(project, new StoredVersionRef(submission, version, row.FormVersionId, row.Confidential), [.. xml], row.Taken)
                : [.. xml],
            Values = isSplit ? contents.OpenValues(project, submission, version, row.Taken) : null,
            EmptiedAt = isSplit ? row.EmptiedAt : null,
            Files =
            [
                .. files.Select(file => new RecoverableFile(
                    contents.OpenName(project, file.RowId, file.Name, file.Confidential), file.RowId, file.Blob, file.ReceivedAt, file.Confidential)),
            ],
        };
    }

    /// <summary>Gives the hash of a version as it was received.</summary>
    public async Task<byte[]> HashAsync(ProjectRef project, SubmissionId submission, int version, CancellationToken cancellationToken)
    {
        using var content = await OpenAsync(project, submission, version, cancellationToken);
        return SHA256.HashData(content.Whole);
    }

    /// <summary>Opens the bytes of a file.</summary>
    public Task<Stream> OpenFileAsync(ProjectRef project, RecoverableFile file, byte[] blob, CancellationToken cancellationToken) =>
        contents.OpenFileAsync(project, file.Row, new BlobId(blob), file.IsConfidential, cancellationToken);

    /// <summary>Lists what happened to a submission, oldest first.</summary>
    public async Task<IReadOnlyList<SubmissionEvent>> ListEventsAsync(ProjectRef project, SubmissionId submission, CancellationToken cancellationToken) =>
        [.. (await events.ListAsync(project, submission, cancellationToken)).Reverse()];

    /// <summary>Lists what people said about it, oldest first.</summary>
    public async Task<IReadOnlyList<SubmissionComment>> ListCommentsAsync(ProjectRef project, SubmissionId submission, CancellationToken cancellationToken) =>
        [.. (await comments.ListAsync(project, submission, cancellationToken)).Reverse()];

    private sealed record VersionRow(
        string InstanceId,
        FormVersionId FormVersionId,
        ActorId SubmitterId,
        DateTimeOffset CreatedAt,
        DateTimeOffset? RewrittenAt,
        byte[]? Meta,
        int? EncryptedOrdinal,
        byte[]? Xml,
        byte[]? XmlBlob,
        int? Confidential,
        byte[]? Taken,
        DateTimeOffset? EmptiedAt);

    private sealed record FileRow(byte[] Name, Guid RowId, byte[]? Blob, DateTimeOffset? ReceivedAt, bool Confidential);
}
