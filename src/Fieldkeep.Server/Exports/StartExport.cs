using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports;

/// <summary>Starts an export in the background.</summary>
internal sealed class StartExport(FindSubmissions find, ChosenRows chosen, ExportJobs jobs)
{
    /// <summary>Gives the export that was begun.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>export.too_many</c>, a filter's problems.
    /// </exception>
    public async Task<ExportJob> RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        bool isDraft,
        ExportOptions options,
        string? filter,
        FindNames names,
        CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionExport, project, xmlFormId, isDraft, cancellationToken);
        var request = new ExportRequest(set, options, names, filter);
        return jobs.Start(actor, request, await chosen.CountAsync(request, cancellationToken));
    }
}
