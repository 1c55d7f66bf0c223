using Fieldkeep.Server.Access;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Server.Submissions.Stages;
using Fieldkeep.XForms.Confidentiality;

namespace Fieldkeep.Server.Submissions.Files;

/// <summary>
/// Gives a submission's current version a file that it names: one still missing, or another in its place. The bytes
/// replaced stay on disk, named by the ledger.
/// </summary>
internal sealed class AttachSubmissionFile(
    FindSubmissions find,
    FormAccess access,
    SubmissionQueries submissions,
    SealedContents contents,
    SubmissionFileSlots slots,
    ConfidentialSight sight,
    ConfidentialContents confidential,
    StageGate gate,
    BlobStore blobs,
    Db db,
    SubmissionLimits limits,
    TimeProvider clock)
{
    /// <summary>Stores the bytes (at most <see cref="SubmissionLimits.MaxAttachmentBytes"/>).</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>,
    /// <c>submission.no_such_file</c>, <c>submission.too_large</c>, <c>submission.try_again</c>, <c>transition.invalid</c>.
    /// </exception>
    public async Task RunAsync(
        Actor actor,
        ProjectRef project,
        SubmissionPlace place,
        FileUpload upload,
        CancellationToken cancellationToken)
    {
        var mayEdit = await access.HasAsync(
            actor, Permission.SubmissionUpdate, project.Id, place.XmlFormId, cancellationToken);
        var set = await find.RunAsync(
            actor,
            mayEdit ? Permission.SubmissionUpdate : Permission.SubmissionCreate,
            project,
            place.XmlFormId,
            place.IsDraft,
            cancellationToken);
        var row = await submissions.GetAsync(set, place.InstanceId, cancellationToken);
        var file = await submissions.GetFileAsync(project, row.Id, row.CurrentVersion, upload.Name, cancellationToken);

        // Who may only send may complete what they sent themselves, as a phone does.
        if (!mayEdit && (!WhoAsks.IsSender(actor, row.SubmitterId) || row.CurrentVersion > 1 || file.Blob is not null))
        {
            throw AccessProblems.Denied();
        }

        // Its name is an answer: whoever may not replace those does not learn that there is one of that name.
        if (file.IsConfidential
            && !WhoAsks.IsSender(actor, row.SubmitterId) && !await sight.MayWriteAsync(actor, project.Id, set.Form, cancellationToken))
        {
            throw SubmissionProblems.NoSuchFile(upload.Name);
        }

        var rowId = Guid.CreateVersion7(clock.GetUtcNow());
        var received = await contents.ReceiveFileAsync(
            project, rowId, upload.Content, limits.MaxAttachmentBytes, file.IsSealedApart, cancellationToken);
        var isHidden = file.IsSealedApart;
        var number = await confidential.NumberOfAsync(row.FormVersionId, cancellationToken);
        if (!isHidden && await confidential.HidesPlacesAsync(row.FormVersionId, cancellationToken))
        {
            (received, isHidden) = await CleanAsync(project, received, cancellationToken);
        }

        try
        {
            await using var tx = await db.BeginAsync(cancellationToken);
            var deployments = await gate.HoldAsync(tx, project, set.Form, cancellationToken);
            var slot = await slots.LockAsync(tx, project, row, upload.Name, cancellationToken);
            if (slot.IsConfidential != file.IsSealedApart || (slot.Number is { } split && split != number))
            {
                // While the bytes came it was split anew: they are sealed, cleaned and allowed by what was confidential before.
                throw SubmissionProblems.TryAgain();
            }

            if (!mayEdit && slot.Blob is not null)
            {
                throw AccessProblems.Denied();
            }

            // What was missing may be completed; what is there is changed.
            await (slot.Blob is null
                ? gate.FillFileAsync(tx, deployments, actor, row.Id, cancellationToken)
                : gate.ChangeFileAsync(tx, deployments, actor, row.Id, cancellationToken));
            await slots.FillAsync(tx, project, slot with { IsConfidential = isHidden }, received, cancellationToken);
            await slots.RecordAsync(
                tx, actor, project, slot, new SlotContent(rowId, received.Blob.Id.Sha256.ToArray(), received.Size), upload.Notes, cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }
        catch (ProblemException)
        {
            // Certainly rolled back: no row names the file.
            blobs.Discard(received.Blob);
            throw;
        }
    }

    // Its place is confidential in this form: what cannot be cleaned of it, whatever it is called, is for those who may see that.
    private async Task<(ReceivedFile File, bool IsHidden)> CleanAsync(
        ProjectRef project, ReceivedFile received, CancellationToken cancellationToken)
    {
        var (outcome, clean, size) = await contents.CleanFileAsync(project, received.Row, received.Blob.Id, cancellationToken);
        var isHidden = outcome == StripOutcome.Refused;
        var kept = isHidden
            ? await contents.HideAsync(project, received, cancellationToken)
            : clean is null ? received : received with { Blob = clean, Size = size };
        if (kept != received)
        {
            blobs.Discard(received.Blob);
        }

        return (kept, isHidden);
    }
}

/// <summary>A file on its way into a submission.</summary>
/// <param name="Name">The name the submission gives it.</param>
/// <param name="Notes">What the person remarks about it; null when nothing.</param>
internal sealed record FileUpload(string Name, Stream Content, string? Notes);
