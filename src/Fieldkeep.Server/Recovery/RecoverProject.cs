using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Recoveries;

namespace Fieldkeep.Server.Recovery;

/// <summary>
/// Makes a project anew beside the living one, as it was at a moment: in its unit, with numbers and keys of its own. The living one is not touched. What was
/// erased for good since does not come back by it, and what is confidential now is so in the copy.
/// </summary>
internal sealed class RecoverProject(
    Db db,
    RecoverableProjects recoverable,
    AbandonLeft left,
    CreateProject create,
    CopyProject copy,
    FinishCopy finish,
    AbandonCopy abandon,
    ChangeLog changes,
    AuditLog audit)
{
    /// <summary>Refuses what cannot be recovered whatever the backup holds, before anything is restored.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>recovery.erased</c>.</exception>
    public async Task RequireAsync(Actor actor, ProjectId project, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        await recoverable.RequireNotErasedAsync(project, null, cancellationToken);
    }

    /// <summary>Recovers it. A copy that does not come to its end is erased. One at a time: whoever calls holds the lock on the scratch folder.</summary>
    /// <param name="source">The restored installation.</param>
    /// <param name="progress">Receives sentences for the operator: names of forms and counts, no answers.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>recovery.erased</c>, <c>recovery.half_made</c>, <c>recovery.not_there</c>, <c>recovery.other_project</c>, <c>recovery.not_rewritten</c>,
    /// <c>recovery.erased_meanwhile</c>, <c>recovery.erased_left</c>, <c>recovery.hidden_meanwhile</c>, <c>recovery.unit_gone</c>, <c>storage.full</c>.
    /// </exception>
    public async Task<RecoveryReport> RunAsync(
        Actor actor, RecoverySource source, RecoveryOrder order, IProgress<string> progress, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        await left.RunAsync(actor, progress, cancellationToken);
        var there = await source.FindProjectAsync(order.Project, cancellationToken) ?? throw RecoveryProblems.NotThere(order.Project, order.AsOf);
        await recoverable.RequireNotErasedAsync(order.Project, there.KeyId, cancellationToken);
        await source.RequireWholeAsync(there, cancellationToken);
        var before = await recoverable.RememberAsync(there, cancellationToken);

        // First: what erases again reads and splits answers by what is confidential.
        var hidden = await source.HideAsNowAsync(actor, there, order.AsOf, before.Confidential, cancellationToken);
        progress.Report("erasing again what was erased since");
        var erased = await source.EraseAgainAsync(there, cancellationToken);
        var (unit, unitTold) = await recoverable.UnitForAsync(order, there, cancellationToken);
        var here = await create.RunAsync(actor, unit, CopyNames.Of(there.Name, CopyNames.BeingRestored, order.AsOf), there.Description, cancellationToken);
        try
        {
            await TellAsync(actor, here, new { from = there.Id.Value, key = there.KeyId, order.AsOf, order.Backup, order.Reason, order.Asked }, cancellationToken);
            var copied = await copy.RunAsync(actor, source, there, here, order, progress, cancellationToken);
            await recoverable.RequireUnchangedAsync(there, before, cancellationToken);
            var report = copied.Report with
            {
                Name = CopyNames.Of(there.Name, CopyNames.Whole, order.AsOf),
                Erased = copied.Report.Erased + erased,
                Left = [.. unitTold, .. RecoveryReport.Tell(hidden), .. copied.Report.Left],
            };
            report = await finish.RunAsync(actor, source, there, here, copied with { Report = report }, cancellationToken);

            // Once more: somebody may have erased something between the look and the commit.
            await recoverable.RequireUnchangedAsync(there, before, cancellationToken);
            return report;
        }
        catch (Exception problem)
        {
            var isErased = await AbandonAsync(actor, here, CopyNames.Of(there.Name, CopyNames.Incomplete, order.AsOf), progress);
            if (!isErased && problem is ProblemException { Code: RecoveryProblems.ErasedMeanwhileCode })
            {
                throw RecoveryProblems.ErasedMeanwhileLeft(here.Id);
            }

            throw;
        }
    }

    // Whether it is gone. Whoever recovers is told of one that is not: it may hold what was erased meanwhile, whatever it failed by.
    private async Task<bool> AbandonAsync(Actor actor, Project here, string name, IProgress<string> progress)
    {
        try
        {
            if (await abandon.RunAsync(actor, here.Id, name))
            {
                return true;
            }

            progress.Report(
                $"the copy {here.Id} “{name}” is in the trash and NOT erased: somebody sent or changed something in it meanwhile. It may hold what was erased: "
                + "erase it for good");
        }
#pragma warning disable CA1031 // Why the copy failed is what must be told; the next start looks for what is left.
        catch (Exception second)
#pragma warning restore CA1031
        {
            progress.Report($"the copy {here.Id} “{name}” is left: {second.Message}; it may hold what was erased: erase it for good");
        }

        return false;
    }

    private async Task TellAsync(Actor actor, Project here, object after, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        await changes.AppendAsync(tx, actor, new Change("project.recover", here.Ref, "project", here.Id.ToString(), null, after), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("project.recover", here.Id, "project", here.Id.ToString(), here.Name), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
