using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Holding;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Erasure;

/// <summary>Writes down that a project is to be erased, unless a legal hold stands on it or it is suspended. From then on it is finished, whoever dies.</summary>
internal sealed class BeginErasure(
    Db db, ErasureRows rows, Suspensions suspensions, Keyring keyring, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    /// <summary>Writes it; callers have asked for access.</summary>
    /// <param name="despite">What it is ordered despite of.</param>
    /// <exception cref="ProblemException"><c>erasure.done</c>, <c>hold.active</c>, <c>project.suspended</c>.</exception>
    public Task<ErasureRow> JoinAsync(
        Actor actor, ErasableProject project, string reason, ErasureDespite despite, CancellationToken cancellationToken) =>
        JoinAsync(actor, project, reason, despite, null, cancellationToken);

    /// <summary>Writes it only when the project has lain in the trash since before: somebody may restore it at this moment.</summary>
    /// <exception cref="ProblemException"><c>erasure.done</c>, also for a project that was restored; <c>hold.active</c>, <c>project.suspended</c>.</exception>
    public async Task<ErasureRow> JoinAsync(
        Actor actor,
        ErasableProject project,
        string reason,
        ErasureDespite despite,
        DateTimeOffset? trashedBefore,
        CancellationToken cancellationToken)
    {
        var reference = new ProjectRef(project.Id, project.KeyId);
        if (keyring.ErasedProjects.Any(erased => erased.Project == project.KeyId))
        {
            // Erased before this database was restored; the round in the background is about to do it again.
            throw ErasureProblems.Done();
        }

        var (keys, epoch) = keyring.DescribeProjectKeys(project.KeyId);
        var order = new ErasureOrder(reference, project.Unit, reason, DestroyKeys.Describe(keys), epoch, IsReplay: false);
        await using var tx = await db.BeginAsync(cancellationToken);
        await Holds.ShareAsync(tx, project.Id, cancellationToken);
        var holds = await Holds.ListStandingAsync(tx, project.Id, null, cancellationToken);
        if (holds.Except(despite.Holds).Any())
        {
            throw HoldProblems.Active(holds);
        }

        var suspension = await suspensions.FindAmongAsync(tx, [project.Id.Value], cancellationToken);
        if (suspension is not null && !despite.Suspension)
        {
            throw AccessProblems.ProjectSuspended(suspension);
        }

        if (!await ErasedProjects.BuryAsync(tx, project.Id, clock.GetUtcNow(), trashedBefore, cancellationToken)
            || !await rows.InsertAsync(tx, actor, order, cancellationToken))
        {
            throw ErasureProblems.Done();
        }

        var id = project.Id.ToString();
        await changes.AppendAsync(
            tx,
            actor,
            new Change("project.erase", null, "project", id, new { key = project.KeyId, keys }, new { reason, despiteHolds = holds, despiteSuspension = suspension is not null }),
            cancellationToken);
        var against = holds.Select(hold => $"hold {hold}").Concat(suspension is null ? [] : ["a suspension"]).ToList();
        var detail = against.Count > 0 ? $"despite {string.Join(", ", against)}" : null;
        await audit.AppendAsync(tx, actor, new AuditEvent("project.erase", project.Id, "project", id, detail), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return await rows.FindAsync(project.Id, cancellationToken) ?? throw ErasureProblems.Unknown();
    }
}
