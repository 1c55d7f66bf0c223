using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Exports.Jobs;

/// <summary>Opens a finished export for whoever asked for it, while they still may have it.</summary>
internal sealed class FetchExport(
    ExportJobs jobs, Policy policy, FindRowLimits limits, SeenRows seen, ProjectQueries projects, FormQueries forms, ConfidentialFlags flags, ConfidentialSight sight, AuditLog audit, Db db,
    ChangeSignals signals)
{
    /// <summary>Gives the job, held: call <see cref="EndAsync"/> when the file was read.</summary>
    /// <exception cref="ProblemException">
    /// <c>database.unavailable</c>, <c>export.not_found</c>, <c>export.not_ready</c>, <c>export.out_of_reach</c>, <c>submission.confidential</c>, <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>.
    /// </exception>
    public async Task<ExportJob> RunAsync(Actor actor, string id, CancellationToken cancellationToken)
    {
        var job = jobs.Get(actor, id);
        if (!signals.IsHeard)
        {
            // Answers in the file may have been taken away by another server since.
            throw WhileAway.Unavailable();
        }

        var set = job.Request.Set;

        // Rights may have been taken away, or the project or form deleted, since the export was made.
        await policy.RequireAsync(actor, Permission.SubmissionExport, set.Project.Id, set.Form, cancellationToken);
        await projects.GetRefAsync(set.Project.Id, cancellationToken);
        var form = await forms.GetAsync(set.Project.Id, set.XmlFormId, cancellationToken);
        if (form.Id != set.Form)
        {
            // Trashed and made anew under the same id: another form.
            throw FormProblems.NotFound(set.XmlFormId);
        }

        if (job.Request.AsksTrash)
        {
            await policy.RequireAsync(actor, Permission.SubmissionDelete, set.Project.Id, set.Form, cancellationToken);
        }

        if (set.IsWhole)
        {
            await sight.RequireReadAsync(actor, set, cancellationToken);
        }
        else if (await flags.HasChangedAsync(set.Form, job.StartedAt, cancellationToken) && !await sight.MayReadAsync(actor, set, cancellationToken))
        {
            throw ExportProblems.MadeBefore();
        }

        if (job.State != ExportState.Ready)
        {
            throw job.Problem ?? ExportProblems.NotReady(job.State);
        }

        await RequireStillSeenAsync(actor, job, Permission.SubmissionExport, cancellationToken);
        if (job.Request.AsksTrash)
        {
            await RequireStillSeenAsync(actor, job, Permission.SubmissionDelete, cancellationToken);
        }

        var detail = $"{job.Progress.Rows} submissions{job.Request.Circumstances}";
        await audit.AppendAsync(
            db,
            actor,
            new AuditEvent("submission.export_download", set.Project.Id, "form", set.XmlFormId, detail),
            cancellationToken);
        return job.TryBeginReading() ? job : throw ExportProblems.NotFound(isOneOfSeveral: false);
    }

    // What is in the file must be what they would be shown now: their role, a condition or an answer may have changed.
    private async Task RequireStillSeenAsync(Actor actor, ExportJob job, Permission permission, CancellationToken cancellationToken)
    {
        var set = job.Request.Set;
        var rows = await limits.OfAsync(actor, permission, set.Project.Id, set.Form, cancellationToken);
        if (rows.HidesProvenance && !set.Rows.HidesProvenance)
        {
            // The file says who sent what, which they are not told any more.
            throw ExportProblems.OutOfReach();
        }

        if (rows.IsAll)
        {
            return;
        }

        var held = job.Request.Seen?.Sequences ?? throw ExportProblems.OutOfReach();
        if ((await seen.OfAsync(set with { Rows = rows }, held, cancellationToken)).Count < held.Length)
        {
            throw ExportProblems.OutOfReach();
        }
    }

    /// <summary>Lets the file go. One that holds in the clear what phones encrypted, or confidential answers, is forgotten once all of it was sent.</summary>
    /// <param name="from">The first byte that was sent.</param>
    /// <param name="to">The first byte that was not; the same when the sending broke off.</param>
    public async Task EndAsync(ExportJob job, long from, long to)
    {
        var isDone = job.IsSentWith(from, to) && (job.Request.IsDecrypted || job.Request.Set.IsWhole);
        job.EndReading();
        if (isDone)
        {
            await jobs.RemoveAsync(job);
        }
    }
}
