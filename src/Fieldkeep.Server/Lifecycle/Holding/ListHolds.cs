using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Holding;

namespace Fieldkeep.Server.Lifecycle.Holding;

/// <summary>Lists the legal holds of a project, those that were lifted too.</summary>
internal sealed class ListHolds(Policy policy, Holds holds, FormCatalogue forms)
{
    /// <summary>Lists them, newest first; whoever may neither place holds nor erase learns of those that stand, without reasons.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<Hold>> RunAsync(Actor actor, ProjectRef project, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectRead, Scope.Of(project.Id), cancellationToken);
        var all = await holds.ListAsync(project.Id, form => forms.FindNameAsync(project.Id, form, cancellationToken), cancellationToken);
        return await policy.HasAsync(actor, Permission.ProjectHold, Scope.Of(project.Id), cancellationToken)
                || await policy.HasAsync(actor, Permission.SubmissionErase, Scope.Of(project.Id), cancellationToken)
            ? all
            : [.. all.Where(hold => hold is { LiftedAt: null, XmlFormId: null }).Select(hold => hold with { Reason = "" })];
    }
}
