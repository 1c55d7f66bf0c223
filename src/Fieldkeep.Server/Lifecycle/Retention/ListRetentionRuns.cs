using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Lifecycle.Retention;

/// <summary>Lists what retention rules of a project did, and when.</summary>
internal sealed class ListRetentionRuns(Policy policy, FindRowLimits limits, RetentionRuns runs)
{
    /// <summary>Lists the newest five hundred rounds.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<RetentionRun>> RunAsync(Actor actor, ProjectId project, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SubmissionErase, Scope.Of(project), cancellationToken);
        await limits.RequireAllAsync(actor, project, cancellationToken);
        return await runs.ListAsync(project, cancellationToken);
    }
}
