using Fieldkeep.Server.Database;
using Fieldkeep.Server.Erasure;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Recovery;

/// <summary>Takes away a copy that did not come to its end: into the trash under a name that says so, or for good where it holds what was erased meanwhile.</summary>
internal sealed class AbandonCopy(Db db, UpdateProject update, ProjectTrash trash, EraseProject erase)
{
    // Whoever recovers is the server itself; who changed or judged something there is somebody, who sent something may be nobody.
    private const string Worked = """
        select exists (
            select from ledger.entries_view
            where project_id = @copy and subject_kind = 'submission' and (actor_id > 0 or action in ('submission.create', 'submission.edit')))
        """;

    /// <summary>Does it, whoever gave up waiting; gives whether it was erased.</summary>
    /// <param name="name">What it is called then.</param>
    /// <param name="isErased">Whether it is erased for good, all of it being in the backup still; not when somebody worked in it: that is nowhere else.</param>
    public async Task<bool> RunAsync(Actor actor, ProjectId copy, string name, bool isErased)
    {
        await using (var tx = await db.BeginAsync(CancellationToken.None))
        {
            await update.JoinAsync(tx, actor, copy, new ProjectChange(name, null, null), CancellationToken.None);
            await trash.PutAsync(tx, actor, copy, CancellationToken.None);
            await tx.CommitAsync(CancellationToken.None);
        }

        // Asked where nobody can work in it any more.
        if (!isErased || await db.GetAsync<bool>(Worked, new { copy }, CancellationToken.None))
        {
            return false;
        }

        await erase.RunAsync(actor, copy, name, "a copy that held what was erased while it was made", [], CancellationToken.None);
        return true;
    }
}
