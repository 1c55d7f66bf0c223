using System.Security.Cryptography;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Files;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Vault;

namespace Fieldkeep.Server.Submissions.Recovering;

/// <summary>Says where a submission of a restored database is to go.</summary>
/// <param name="From">Reads the restored database.</param>
/// <param name="There">Its project there.</param>
/// <param name="Here">The project it comes to.</param>
/// <param name="Form">The form it comes to.</param>
/// <param name="Versions">The number here of each version of the form, by the number there.</param>
/// <param name="ConfidentialNumber">The number that they are split by there, and come along by.</param>
/// <param name="SenderOf">Who somebody there is here: 0 for those who are gone.</param>
internal sealed record RecoveryPlace(
    ReadRecoverable From,
    ProjectRef There,
    ProjectRef Here,
    FormId Form,
    IReadOnlyDictionary<FormVersionId, FormVersionId> Versions,
    int ConfidentialNumber,
    Func<ActorId, ActorId> SenderOf);

/// <summary>A submission that was placed.</summary>
/// <param name="Whole">SHA-256 of its newest version as it was read, confidential answers included.</param>
/// <param name="Files">Files that came along.</param>
/// <param name="MissingFiles">Files whose bytes could not be had; those a phone never sent are not among them.</param>
internal sealed record PlacedSubmission(SubmissionId Id, int Versions, int Comments, byte[] Whole, int Files, IReadOnlyList<string> MissingFiles);

/// <summary>
/// Places a submission of a restored database in a new project: all its versions with their times, senders and files, what was said about it, and what
/// happened to it. Everything is sealed anew with the project's own keys; the ledger tells of each version where it came from.
/// </summary>
internal sealed class PlaceRecovered(
    Db db,
    Policy policy,
    InsertSubmissions insert,
    SealRecovered seal,
    FormCatalogue catalogue,
    BlobStore blobs,
    SubmissionEvents events,
    SubmissionComments comments,
    ChangeLog changes,
    AuditLog audit,
    TimeProvider clock)
{
    /// <summary>The ledger's word for a version that was placed.</summary>
    public const string Action = "submission.recover";

    private const string Insert = """
        insert into submissions.submissions
            (id, form_id, project_id, instance_id, is_draft, submitter_id, review_state, current_version, attachments_expected, attachments_present,
             created_at, updated_at, deleted_at, is_anonymous)
        values (@id, @form, @project, @instance, false, @submitter, @review, @version, 0, 0, @created, @updated, @deleted, @anonymous)
        """;

    // Until its end a copy says that it is none. The commit that says otherwise waits for the disk, and for all that came before it.
    private const string WithoutWaiting = "set local synchronous_commit = off";

    private const string Rewritten = "update submissions.versions set rewritten_at = @at where submission_id = @id and version = @version";

    private const string Emptied = "update submissions.confidential set emptied_at = @at where submission_id = @id and version = @version";

    /// <summary>Places it, in one transaction.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>storage.full</c>.</exception>
    /// <exception cref="InvalidDataException">Its form's version did not come along: nothing was placed.</exception>
    /// <exception cref="VaultException">An answer there is damaged: nothing was placed.</exception>
    /// <exception cref="IOException">An answer there is gone: nothing was placed.</exception>
    public async Task<PlacedSubmission> RunAsync(
        Actor actor, RecoveryPlace place, RecoverableSubmission submission, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SubmissionCreate, Scope.Of(place.Here.Id), cancellationToken);
        var id = new SubmissionId(Guid.CreateVersion7(clock.GetUtcNow()));
        var sealing = new SealedRecovered(id, blobs);
        try
        {
            for (var version = 1; version <= submission.CurrentVersion; version++)
            {
                using var content = await place.From.OpenAsync(place.There, submission.Id, version, cancellationToken);
                var form = await catalogue.GetDefinitionAsync(VersionOf(place, content), cancellationToken);
                await seal.RunAsync(actor, place, form, content, sealing, cancellationToken);
                sealing.Whole = version == submission.CurrentVersion ? SHA256.HashData(content.Whole) : sealing.Whole;
            }

            var said = await place.From.ListCommentsAsync(place.There, submission.Id, cancellationToken);
            var happened = await place.From.ListEventsAsync(place.There, submission.Id, cancellationToken);
            await WriteAsync(actor, place, submission, sealing, said, happened, cancellationToken);
            return new PlacedSubmission(id, sealing.Versions.Count, said.Count, sealing.Whole, sealing.FileCount, sealing.Missing);
        }
        catch
        {
            sealing.DiscardUnlessWritten();
            throw;
        }
    }

    private static FormVersionId VersionOf(RecoveryPlace place, RecoverableContent content) =>
        place.Versions.TryGetValue(content.FormVersion, out var version)
            ? version
            : throw new InvalidDataException($"version {content.Version} was filled in with a version of its form that is not there");

    private async Task WriteAsync(
        Actor actor,
        RecoveryPlace place,
        RecoverableSubmission submission,
        SealedRecovered sealing,
        IReadOnlyList<SubmissionComment> said,
        IReadOnlyList<SubmissionEvent> happened,
        CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var tx = await db.BeginAsync(cancellationToken);
        var row = new
        {
            id = sealing.Id.Value,
            form = place.Form.Value,
            project = place.Here.Id.Value,
            instance = submission.InstanceId,
            submitter = place.SenderOf(submission.SubmitterId).Value,
            review = submission.ReviewState,
            version = submission.CurrentVersion,
            created = submission.CreatedAt.UtcDateTime,
            updated = submission.UpdatedAt?.UtcDateTime,

            // Its days in the trash begin anew: else the clock would take at once what somebody wanted back.
            deleted = submission.DeletedAt is null ? null : (DateTime?)now.UtcDateTime,
            anonymous = submission.IsAnonymous,
        };
        await tx.ExecuteAsync(WithoutWaiting, null, cancellationToken);
        await tx.ExecuteAsync(Insert, row, cancellationToken);
        foreach (var version in sealing.Versions)
        {
            await insert.InsertVersionsAsync(tx, [version.Row], version.Number, cancellationToken);
            if (version.RewrittenAt is { } at)
            {
                await tx.ExecuteAsync(Rewritten, new { id = sealing.Id.Value, version = version.Number, at = at.UtcDateTime }, cancellationToken);
            }
        }

        foreach (var version in sealing.Versions)
        {
            if (version.EmptiedAt is { } at)
            {
                await tx.ExecuteAsync(Emptied, new { id = sealing.Id.Value, version = version.Number, at = at.UtcDateTime }, cancellationToken);
            }
        }

        await CountFiles.RunAsync(tx, sealing.Id, cancellationToken);
        List<PreparedChange> told = [.. sealing.Versions.Select(version => version.Row.Change)];
        foreach (var comment in said)
        {
            var placed = await comments.PlaceAsync(
                tx, place.Here, sealing.Id, comment with { Author = place.SenderOf(comment.Author) }, cancellationToken);
            told.Add(changes.Prepare(actor, ChangeOf(
                place, submission, "submission.comment", new { comment = placed.Row, placed.Hash, author = placed.Comment.Author.Value, at = comment.CreatedAt })));
        }

        foreach (var one in happened)
        {
            var prepared = events.Prepare(place.Here, actor, one.Action, one.Body) with { Actor = place.SenderOf(one.Actor), At = one.At };
            await SubmissionEvents.AppendAsync(tx, sealing.Id, one.Version, prepared, cancellationToken);
        }

        if (submission.DeletedAt is not null)
        {
            told.Add(changes.Prepare(actor, ChangeOf(
                place, submission, "submission.trash", new { deletedAt = now, version = submission.CurrentVersion, form = place.Form.Value, draft = false })));
        }

        await ChangeLog.AppendManyAsync(tx, told, cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent(Action, place.Here.Id, "submission", submission.InstanceId, null), cancellationToken);
        sealing.IsSent = true;
        await tx.CommitAsync(cancellationToken);
    }

    private static Change ChangeOf(RecoveryPlace place, RecoverableSubmission submission, string action, object after) =>
        new(action, place.Here, "submission", submission.InstanceId, null, after);
}
