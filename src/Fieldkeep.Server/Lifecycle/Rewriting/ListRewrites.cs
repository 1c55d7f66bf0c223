using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Lifecycle.Rewriting;

/// <summary>Lists orders to rewrite answers of a project, and how far each has come.</summary>
internal sealed class ListRewrites(Policy policy, RewriteRows rows)
{
    /// <summary>Lists the newest hundred.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<RewriteRow>> RunAsync(Actor actor, ProjectId project, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SubmissionErase, Scope.Of(project), cancellationToken);
        return await rows.ListAsync(project, cancellationToken);
    }
}
