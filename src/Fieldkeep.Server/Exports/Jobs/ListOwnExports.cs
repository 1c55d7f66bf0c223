using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports.Jobs;

/// <summary>Lists the exports of a form that someone has waiting, being made or kept.</summary>
internal sealed class ListOwnExports(FindSubmissions find, ExportJobs jobs)
{
    /// <summary>Gives their own, newest first; nobody sees another's.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>.</exception>
    public async Task<IReadOnlyList<ExportJob>> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionExport, project, xmlFormId, isDraft: false, cancellationToken);
        return [.. jobs.ListOf(actor).Where(job => job.Request.Set.Form == set.Form)];
    }
}
