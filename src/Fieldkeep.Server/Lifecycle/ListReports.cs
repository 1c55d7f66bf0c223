using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Lifecycle;

/// <summary>Lists what was deleted or taken out of a project for good: how much and when.</summary>
internal sealed class ListReports(Policy policy, ReportRows reports)
{
    /// <summary>Lists the reports, newest first.</summary>
    /// <exception cref="Kernel.ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<Report>> RunAsync(Actor actor, ProjectId project, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SubmissionErase, Scope.Of(project), cancellationToken);
        return await reports.ListAsync(project, cancellationToken);
    }
}
