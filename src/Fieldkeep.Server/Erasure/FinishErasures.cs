using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Erasure;

/// <summary>
/// Finishes erasures in the background: keys that a dying process left, rows and files, copies of the keyring that could not be reached;
/// and erases again what a restore of an older backup brought back.
/// </summary>
internal sealed partial class FinishErasures(
    Db db,
    ErasureRows erasures,
    DestroyKeys destroy,
    ErasedProjects projects,
    FormsOfProject forms,
    IEnumerable<RowsOfProject> deletions,
    DroppedBlobs dropped,
    Keyring keyring,
    WhileAway away,
    ChangeLog changes,
    AuditLog audit,
    TimeProvider clock,
    LeaderLease leader,
    ILogger<FinishErasures> log) : LeaderRounds(TimeSpan.FromSeconds(30), leader)
{
    private const int RowsAtOnce = 500;
    private static readonly Actor Itself = Actor.System(Door.Job);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        await ReplayAsync(cancellationToken);
        foreach (var erasure in await erasures.ListUnfinishedAsync(cancellationToken))
        {
            await TryAsync(() => FinishAsync(erasure, cancellationToken), cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    // The keyring remembers what was erased; a database from before that does not.
    private async Task ReplayAsync(CancellationToken cancellationToken)
    {
        var erased = keyring.ErasedProjects;
        if (erased.Count == 0)
        {
            return;
        }

        foreach (var project in await projects.ListByKeyAsync(erased.Select(one => one.Project), cancellationToken))
        {
            var reference = new ProjectRef(project.Id, project.KeyId);
            var order = new ErasureOrder(reference, project.Unit, "erased before this database was restored", "[]", keyring.Epoch, IsReplay: true);
            await using var tx = await db.BeginAsync(cancellationToken);
            if (await ErasedProjects.BuryAsync(tx, project.Id, clock.GetUtcNow(), cancellationToken)
                && await erasures.InsertAsync(tx, Itself, order, cancellationToken))
            {
                var id = project.Id.ToString();
                await changes.AppendAsync(tx, Itself, new Change("project.erase_again", null, "project", id, null, new { key = project.KeyId }), cancellationToken);
                await audit.AppendAsync(tx, Itself, new AuditEvent("project.erase_again", project.Id, "project", id, null), cancellationToken);
                await tx.CommitAsync(cancellationToken);
                LogReplayed(log, project.Id.Value);
            }
        }
    }

    private async Task FinishAsync(ErasureRow erasure, CancellationToken cancellationToken)
    {
        if (erasure.KeysDestroyedAt is null)
        {
            await destroy.RunAsync(Itself, erasure, cancellationToken);
        }
        else if (erasure.CopiesOpen)
        {
            await ReplaceCopiesAsync(erasure, cancellationToken);
        }

        if (erasure.RowsErasedAt is null)
        {
            await EraseRowsAsync(erasure, cancellationToken);
        }
        else if (erasure.LookedAgainAt is null && await DeleteAsync(erasure, cancellationToken))
        {
            await using var tx = await db.BeginAsync(cancellationToken);
            await erasures.NoteLookedAgainAsync(tx, erasure.ProjectId, cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }
    }

    private async Task ReplaceCopiesAsync(ErasureRow erasure, CancellationToken cancellationToken)
    {
        var copies = keyring.ReplaceAll();
        if (copies.Any(copy => copy.Problem is not null))
        {
            return;
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        if (await ErasureRows.NoteCopiesAsync(tx, erasure.ProjectId, isOpen: false, cancellationToken))
        {
            var id = erasure.ProjectId.ToString();
            await changes.AppendAsync(tx, Itself, new Change("project.copies_replaced", null, "project", id, null, new { copies }), cancellationToken);
            await audit.AppendAsync(tx, Itself, new AuditEvent("project.copies_replaced", erasure.Ref.Id, "project", id, null), cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
    }

    private async Task EraseRowsAsync(ErasureRow erasure, CancellationToken cancellationToken)
    {
        if (!await DeleteAsync(erasure, cancellationToken))
        {
            return;
        }

        await using var end = await db.BeginAsync(cancellationToken);
        if (await erasures.NoteEmptiedAsync(end, erasure.ProjectId, cancellationToken))
        {
            var id = erasure.ProjectId.ToString();
            await changes.AppendAsync(end, Itself, new Change("project.rows_erased", null, "project", id, null, null), cancellationToken);
            await audit.AppendAsync(end, Itself, new AuditEvent("project.rows_erased", erasure.Ref.Id, "project", id, null), cancellationToken);
        }

        await end.CommitAsync(cancellationToken);
        away.WantWritten();
    }

    // False when somebody has been writing for so long that it is tried again in the next round: what they write may be the project's.
    private async Task<bool> DeleteAsync(ErasureRow erasure, CancellationToken cancellationToken)
    {
        if (!await erasures.WaitForWritersAsync(cancellationToken))
        {
            return false;
        }

        var of = new { project = erasure.ProjectId, forms = (await forms.ListAsync(erasure.ProjectId, cancellationToken)).ToArray(), rows = RowsAtOnce };
        foreach (var deletion in deletions.OrderBy(one => one.Order))
        {
            while (true)
            {
                await using var tx = await db.BeginAsync(cancellationToken);
                var gone = await tx.ListAsync<byte[]?>(deletion.Statement, of, cancellationToken);
                if (gone.Count == 0)
                {
                    break;
                }

                await dropped.NoteAsync(tx, [.. gone.OfType<byte[]>()], areAlone: true, cancellationToken);
                await ErasureRows.CountAsync(tx, erasure.ProjectId, gone.Count(blob => blob is null), cancellationToken);
                await tx.CommitAsync(cancellationToken);
            }
        }

        await dropped.SweepAsync(cancellationToken);
        return true;
    }

    [LoggerMessage(1, LogLevel.Error, "an erasure is not finished ({Failure} {Code}); it is tried again in half a minute")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(2, LogLevel.Warning, "project {Project} was erased before this database was restored: it is erased again")]
    private static partial void LogReplayed(ILogger log, long project);
}
