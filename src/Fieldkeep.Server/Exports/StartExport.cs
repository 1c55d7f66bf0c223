using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports;

/// <summary>Starts an export in the background.</summary>
internal sealed class StartExport(FindSubmissions find, SubmissionQueries submissions, ExportJobs jobs)
{
    /// <summary>Gives the export that was begun.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>export.too_many</c>.
    /// </exception>
    public async Task<ExportJob> RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        bool isDraft,
        ExportOptions options,
        FindNames names,
        CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionExport, project, xmlFormId, isDraft, cancellationToken);
        var total = await submissions.CountAsync(set, cancellationToken);
        return jobs.Start(actor, new ExportRequest(set, options, names), total);
    }
}
