using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Vault;

namespace Fieldkeep.Server.Submissions.Files;

/// <summary>A submission's file, opened.</summary>
/// <param name="Name">Its name as the phone gave it: not to be trusted as a path or a header.</param>
/// <param name="Content">Its bytes; seekable. Whoever gets it closes it.</param>
/// <param name="Tag">Changes with the bytes.</param>
internal sealed record OpenedFile(string Name, Stream Content, string Tag, DateTimeOffset? ReceivedAt);

/// <summary>Opens one file of a submission. The reading stands in the audit book before anything leaves.</summary>
internal sealed class ReadSubmissionFile(
    FindSubmissions find, SubmissionQueries submissions, SealedContents contents, ConfidentialSight sight, Db db, AuditLog audit)
{
    /// <summary>Opens it for the actor.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>,
    /// <c>submission.no_such_version</c>, <c>submission.no_such_file</c>, <c>submission.file_missing</c>, <c>submission.damaged</c>.
    /// </exception>
    public async Task<OpenedFile> RunAsync(
        Actor actor,
        ProjectRef project,
        SubmissionPlace place,
        string name,
        CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionRead, project, place.XmlFormId, place.IsDraft, cancellationToken);
        var row = await submissions.GetAsync(set, place.InstanceId, cancellationToken);
        var version = place.VersionId is { } id
            ? (await submissions.GetVersionAsync(set, row, id, cancellationToken)).Version
            : row.CurrentVersion;
        var file = await submissions.GetFileAsync(project, row.Id, version, name, cancellationToken);
        if (file.IsConfidential)
        {
            // Its name is an answer: whoever may not read it does not learn that there is one of that name.
            if (!await sight.MayReadAsync(actor, set, cancellationToken))
            {
                throw SubmissionProblems.NoSuchFile(name);
            }

            await sight.NoteAsync(actor, set, row.InstanceId, "file", cancellationToken);
        }

        var blob = file.Blob ?? throw SubmissionReadProblems.FileMissing(name);
        await audit.AppendAsync(
            db,
            actor,
            new AuditEvent("submission.read_file", project.Id, "submission", row.InstanceId, null),
            cancellationToken);
        try
        {
            var content = await contents.OpenFileAsync(project, file.RowId, new BlobId(blob), file.IsSealedApart, cancellationToken);
            return new OpenedFile(file.Name, content, Convert.ToHexStringLower(blob.AsSpan(0, 16)), file.ReceivedAt);
        }
        catch (Exception problem) when (problem is VaultException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw SubmissionReadProblems.Damaged(row.InstanceId);
        }
    }
}
