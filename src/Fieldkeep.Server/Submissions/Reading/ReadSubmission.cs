using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;

namespace Fieldkeep.Server.Submissions.Reading;

/// <summary>One submission with its answers opened for someone who may read them.</summary>
/// <param name="Set">Where it belongs.</param>
/// <param name="Row">What stands in the clear.</param>
/// <param name="Xml">The instance, UTF-8, without confidential answers unless they were asked for; at most <see cref="Receiving.SubmissionLimits.MaxInstanceBytes"/>.</param>
/// <param name="Sender">What the phone told about itself; empty when it told nothing or it is damaged.</param>
/// <param name="Files">The files it names.</param>
internal sealed record OpenedSubmission(
    SubmissionSet Set, SubmissionRow Row, byte[] Xml, SenderFacts Sender, IReadOnlyList<SubmissionFile> Files);

/// <summary>Opens one submission. The reading stands in the audit book before anything leaves.</summary>
internal sealed class ReadSubmission(
    FindSubmissions find, SubmissionQueries submissions, StoredXml stored, ConfidentialSight sight, Db db, AuditLog audit)
{
    /// <summary>Opens it for the actor.</summary>
    /// <param name="wanted">Whether confidential answers are wanted with the others.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>,
    /// <c>submission.damaged</c>, <c>submission.confidential</c>.
    /// </exception>
    public async Task<OpenedSubmission> RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        bool isDraft,
        string instanceId,
        ConfidentialWish wanted,
        CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionRead, project, xmlFormId, isDraft, cancellationToken);
        var row = await submissions.GetAsync(set, instanceId, cancellationToken);
        var isWhole = await sight.SeesAsync(actor, set, wanted, cancellationToken);
        var files = isWhole
            ? await submissions.ListAllFilesAsync(project, row.Id, row.CurrentVersion, cancellationToken)
            : await submissions.ListFilesAsync(project, row.Id, row.CurrentVersion, cancellationToken);
        await audit.AppendAsync(
            db,
            actor,
            new AuditEvent("submission.read", project.Id, "submission", row.InstanceId, null),
            cancellationToken);
        var sender = submissions.SenderOf(project, row.Id, row.CurrentVersion, row.Meta);
        if (isWhole)
        {
            await sight.NoteAsync(actor, set, row.InstanceId, $"version {row.CurrentVersion}", cancellationToken);
        }

        var xml = isWhole
            ? await stored.GetWholeAsync(project, row.Id, row.CurrentVersion, row.InstanceId, cancellationToken)
            : await stored.GetAsync(project, row.Id, row.CurrentVersion, row.InstanceId, cancellationToken);
        return new OpenedSubmission(set, row, xml, sender, files);
    }
}
