using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Erasure;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Recovery;

/// <summary>
/// Takes away a copy that did not come to its end: for good, for all of it is in the backup still, and nobody looked whether it holds what was erased meanwhile.
/// One that somebody worked in goes to the trash under a name that says so: that is nowhere else. So does one that operators suspended: nothing is erased of it.
/// </summary>
internal sealed class AbandonCopy(
    Db db,
    UpdateProject update,
    ProjectTrash trash,
    ErasedProjects projects,
    BeginErasure begin,
    DestroyKeys destroy,
    Suspensions suspensions,
    Policy policy)
{
    private const string Why = "a copy that did not come to its end";

    // Whoever recovers is the server itself; who changed or judged something there is somebody, who sent something may be nobody.
    private const string Worked = """
        select exists (
            select from ledger.entries_view
            where project_id = @copy and (
                (subject_kind = 'submission' and (actor_id > 0 or action in ('submission.create', 'submission.edit')))
                or (subject_kind = 'form' and actor_id > 0 and action in ('form.create', 'form.upload_draft', 'form.publish'))))
        """;

    /// <summary>Does it, whoever gave up waiting; gives whether it was erased. It may be done again after a process died at any point.</summary>
    /// <param name="name">What it is called in the trash.</param>
    /// <param name="isKept">Whether it goes to the trash and no further, for nobody knows whether it is whole elsewhere.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>hold.active</c>,
    /// <c>project.suspended</c>: it lies in the trash then.</exception>
    public async Task<bool> RunAsync(Actor actor, ProjectId copy, string name, bool isKept = false)
    {
        WhoAsks.RequireServer(actor);
        var found = await projects.FindAsync(copy, CancellationToken.None) ?? throw AccessProblems.Unseen();
        if (found.ErasedAt is not null)
        {
            return true;
        }

        if (!found.IsTrashed)
        {
            await PutAwayAsync(actor, copy, name);
        }

        // Asked where nobody can work in it any more.
        if (isKept || await suspensions.IsKeptAsync(copy, CancellationToken.None) || await db.GetAsync<bool>(Worked, new { copy }, CancellationToken.None))
        {
            return false;
        }

        var order = await begin.JoinAsync(actor, found, Why, ErasureDespite.Nothing, CancellationToken.None);
        policy.Forget();
        await destroy.RunAsync(actor, order, CancellationToken.None);
        return true;
    }

    private async Task PutAwayAsync(Actor actor, ProjectId copy, string name)
    {
        try
        {
            await using var tx = await db.BeginAsync(CancellationToken.None);
            await update.JoinAsync(tx, actor, copy, new ProjectChange(name, null, null), CancellationToken.None);
            await trash.PutAsync(tx, actor, copy, CancellationToken.None);
            await tx.CommitAsync(CancellationToken.None);
            policy.Forget();
        }
        catch (ProblemException unseen) when (unseen.Code == AccessProblems.UnseenCode)
        {
            // Somebody deleted it at this moment: it lies where it should.
        }
    }
}
