using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Submissions.Stages;

namespace Fieldkeep.Server.Submissions.Files;

/// <summary>
/// Takes the bytes of a file off a submission's current version; earlier versions keep theirs. The submission still
/// names the file, so it shows as missing.
/// </summary>
internal sealed class ClearSubmissionFile(
    FindSubmissions find, SubmissionQueries submissions, SubmissionFileSlots slots, ConfidentialSight sight, StageGate gate, Db db)
{
    /// <summary>Takes it off; taking off what is missing changes nothing.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>,
    /// <c>submission.no_such_file</c>, <c>transition.invalid</c>.
    /// </exception>
    public async Task RunAsync(
        Actor actor, ProjectRef project, SubmissionPlace place, string name, string? notes, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionUpdate, project, place.XmlFormId, place.IsDraft, cancellationToken);
        var row = await submissions.GetAsync(set, place.InstanceId, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var deployments = await gate.HoldAsync(tx, project, set.Form, cancellationToken);
        var slot = await slots.LockAsync(tx, project, row, name, cancellationToken);

        // Its name is an answer: whoever may not replace those does not learn that there is one of that name.
        if (slot.IsConfidential && !await sight.MayWriteAsync(actor, project.Id, set.Form, cancellationToken))
        {
            throw SubmissionProblems.NoSuchFile(name);
        }

        if (slot.Blob is null)
        {
            return;
        }

        await gate.ChangeFileAsync(tx, deployments, actor, row.Id, cancellationToken);
        await SubmissionFileSlots.ClearAsync(tx, slot, cancellationToken);
        await slots.RecordAsync(tx, actor, project, slot, null, notes, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
