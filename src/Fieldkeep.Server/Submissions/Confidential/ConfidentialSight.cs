using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Confidential;

/// <summary>Says who sees confidential answers of a form, and writes down what was shown before it leaves.</summary>
internal sealed class ConfidentialSight(Policy policy, FormConfidence forms, WatchReads watch, Db db, AuditLog audit)
{
    /// <summary>Tells whether someone who may read submissions of a form may read their confidential answers too.</summary>
    public Task<bool> MayReadAsync(Actor actor, SubmissionSet set, CancellationToken cancellationToken) =>
        policy.HasAsync(actor, Permission.ConfidentialRead, set.Project.Id, set.Form, cancellationToken);

    /// <summary>Tells whether someone who may edit submissions of a form may replace their confidential answers too.</summary>
    public Task<bool> MayWriteAsync(Actor actor, ProjectId project, FormId form, CancellationToken cancellationToken) =>
        policy.HasAsync(actor, Permission.ConfidentialUpdate, project, form, cancellationToken);

    /// <summary>Decides whether confidential answers are put back for someone who reads submissions of a form.</summary>
    /// <exception cref="ProblemException"><c>submission.confidential</c>: they were asked for, and may not be read.</exception>
    public async Task<bool> SeesAsync(Actor actor, SubmissionSet set, ConfidentialWish wanted, CancellationToken cancellationToken)
    {
        if (wanted == ConfidentialWish.Masked)
        {
            return false;
        }

        // Asked first: nearly nobody may, and then the form's versions need not be looked at.
        var mayRead = await MayReadAsync(actor, set, cancellationToken);
        if ((!mayRead && wanted != ConfidentialWish.Demanded) || !await forms.HasConfidentialAsync(set.Form, cancellationToken))
        {
            return false;
        }

        return mayRead ? true : throw SubmissionProblems.Confidential();
    }

    /// <summary>Tells whether a form has confidential answers that someone who may read its submissions may not.</summary>
    public async Task<bool> CoversAsync(Actor actor, SubmissionSet set, CancellationToken cancellationToken) =>
        !await MayReadAsync(actor, set, cancellationToken) && await forms.HasConfidentialAsync(set.Form, cancellationToken);

    /// <summary>Refuses someone who may not read confidential answers.</summary>
    /// <exception cref="ProblemException"><c>submission.confidential</c>.</exception>
    public async Task RequireReadAsync(Actor actor, SubmissionSet set, CancellationToken cancellationToken)
    {
        if (!await MayReadAsync(actor, set, cancellationToken))
        {
            throw SubmissionProblems.Confidential();
        }
    }

    /// <summary>Writes into the audit book that confidential answers of one submission are shown.</summary>
    public async Task NoteAsync(Actor actor, SubmissionSet set, string instanceId, string what, CancellationToken cancellationToken)
    {
        await audit.AppendAsync(
            db, actor, new AuditEvent("submission.read_confidential", set.Project.Id, "submission", instanceId, what), cancellationToken);
        await watch.AddAsync(actor, set, 1, cancellationToken);
    }

    /// <summary>Counts submissions whose confidential answers leave in a file.</summary>
    public Task CountAsync(Actor actor, SubmissionSet set, long submissions, CancellationToken cancellationToken) =>
        watch.AddAsync(actor, set, submissions, cancellationToken);

    /// <summary>Writes into the audit book that confidential answers of a form are taken out as a file.</summary>
    public Task NoteExportAsync(Actor actor, SubmissionSet set, string what, CancellationToken cancellationToken) =>
        audit.AppendAsync(
            db, actor, new AuditEvent("submission.read_confidential", set.Project.Id, "form", set.XmlFormId, what), cancellationToken);
}
