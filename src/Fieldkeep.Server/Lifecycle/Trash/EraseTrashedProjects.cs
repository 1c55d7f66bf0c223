using Fieldkeep.Server.Access;
using Fieldkeep.Server.Erasure;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Holding;

namespace Fieldkeep.Server.Lifecycle.Trash;

/// <summary>
/// Erases projects that have lain in the trash for as long as they keep their trash, with their keys and a certificate. A step of the background:
/// nobody asks for it. A project on hold stays, and one that somebody gets back who thinks better of leaving.
/// </summary>
internal sealed class EraseTrashedProjects(
    KeptProjects kept,
    ErasedProjects projects,
    IEnumerable<ProjectsToGiveBack> givenBack,
    BeginErasure begin,
    DestroyKeys destroy,
    Policy policy,
    Suspensions suspensions,
    TimeProvider clock)
{
    private static readonly Actor Itself = Actor.System(Door.Job);

    /// <summary>Does one round.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var waiting = new HashSet<long>();
        foreach (var room in givenBack)
        {
            waiting.UnionWith(await room.ListAsync(cancellationToken));
        }

        var each = new EachProject();
        foreach (var due in (await kept.ListAsync(cancellationToken)).Where(one => one.DeletedAt <= one.EraseBefore(now)))
        {
            if (!waiting.Contains(due.Id.Value)
                && !await suspensions.IsKeptAsync(due.Id, cancellationToken)
                && await projects.FindAsync(due.Id, cancellationToken) is { IsTrashed: true, ErasedAt: null } project)
            {
                await each.TryAsync(() => EraseAsync(project, due, due.EraseBefore(now), cancellationToken));
            }
        }

        each.Tell();
    }

    private async Task EraseAsync(ErasableProject project, KeptProject due, DateTimeOffset before, CancellationToken cancellationToken)
    {
        try
        {
            var order = await begin.JoinAsync(Itself, project, $"lay in the trash for {due.DaysOfProject} days", ErasureDespite.Nothing, before, cancellationToken);
            policy.Forget();
            await destroy.RunAsync(Itself, order, CancellationToken.None);
        }
        catch (ProblemException refused) when (refused.Code is HoldProblems.ActiveCode or AccessProblems.ProjectSuspendedCode or "erasure.done")
        {
            // A hold, a suspension: it is looked at again every round. Done: somebody was faster, or restored it.
        }
    }
}
