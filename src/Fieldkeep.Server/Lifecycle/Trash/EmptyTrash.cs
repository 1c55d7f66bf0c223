using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Lifecycle.Retention;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Purging;

namespace Fieldkeep.Server.Lifecycle.Trash;

/// <summary>
/// Deletes what has lain in the trash for as long as its project keeps it: submissions, then forms. Each batch is a transaction of its own, so that
/// it can die at any point and goes on with the next round. A step of the background; nobody asks for it.
/// </summary>
internal sealed class EmptyTrash(
    Db db,
    KeptProjects projects,
    TrashedForms forms,
    IEnumerable<RowsOfProject> deletions,
    DroppedBlobs dropped,
    PurgeSubmissions purge,
    ReportRows reports,
    RetentionRows rules,
    Suspensions suspensions,
    ChangeLog changes,
    AuditLog audit,
    TimeProvider clock)
{
    private const int RowsAtOnce = 500;

    // No project has this number: a form's rows are deleted by the form.
    private const long NoProject = -1;

    private static readonly Actor Itself = Actor.System(Door.Job);

    /// <summary>Does one round.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var each = new EachProject();
        foreach (var project in await projects.ListAsync(cancellationToken))
        {
            // A project in the trash goes as a whole, with its keys. In a suspended one nobody could take anything out of the trash.
            if (project.DeletedAt is null && !await suspensions.IsKeptAsync(project.Id, cancellationToken))
            {
                await each.TryAsync(() => EmptyAsync(project, now, cancellationToken));
            }
        }

        each.Tell();
    }

    private async Task EmptyAsync(KeptProject project, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // What a rule moved there can be brought back for as long as its notice was, by who ended the rule because it was wrong too.
        var (since, before) = (now - RetentionRule.Notice, project.DueBefore(now));
        if (since < before && await rules.DeletesSinceAsync(project.Id, since, cancellationToken))
        {
            before = since;
        }

        var purged = default(PurgedCount);
        try
        {
            while (!await suspensions.IsKeptAsync(project.Id, cancellationToken)
                && await PurgedRows.ListDueAsync(db, project.Id, before, PurgeSubmissions.AtOnce, cancellationToken) is { Count: > 0 } due)
            {
                var gone = await purge.RunAsync(Itself, project.Ref, due, "trash", before, cancellationToken);
                purged += gone;
                if (gone.Submissions == 0)
                {
                    break;
                }
            }
        }
        finally
        {
            // What is gone is told, whatever ended the round.
            if (purged.Submissions > 0)
            {
                await reports.WriteAsync(Itself, new NewReport(project.Ref, "purge", ReportCounts.Of(purged), null), CancellationToken.None);
            }
        }

        foreach (var form in await forms.ListDueAsync(project.Id, before, cancellationToken))
        {
            if (await suspensions.IsKeptAsync(project.Id, cancellationToken))
            {
                return;
            }

            await PurgeFormAsync(project.Ref, form, before, cancellationToken);
        }
    }

    private async Task PurgeFormAsync(ProjectRef project, FormId form, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var purged = default(PurgedCount);
        while (await PurgedRows.ListOfFormAsync(db, project.Id, form, PurgeSubmissions.AtOnce, cancellationToken) is { Count: > 0 } rows)
        {
            var gone = await purge.RunOfFormAsync(Itself, project, form, before, rows, cancellationToken);
            purged += gone;
            if (gone.Submissions == 0)
            {
                // Restored meanwhile, or all of them on hold.
                break;
            }
        }

        await using (var tx = await db.BeginAsync(cancellationToken))
        {
            // What is on hold keeps its form.
            if (await PurgedRows.HasRowsAsync(tx, form, cancellationToken) || !await TrashedForms.IsTrashedAsync(tx, form, before, cancellationToken))
            {
                if (purged.Submissions > 0)
                {
                    await reports.JoinAsync(tx, Itself, new NewReport(project, "purge", ReportCounts.Of(purged), null), cancellationToken);
                    await tx.CommitAsync(cancellationToken);
                }

                return;
            }

            await DeleteRowsAsync(tx, form, cancellationToken);
            var counts = ReportCounts.Of(purged) with { Forms = 1 };
            await changes.AppendAsync(
                tx, Itself, new Change("form.purge", project, "form", form.ToString(), new { purged = false }, new { purged = true, counts }), cancellationToken);
            await audit.AppendAsync(tx, Itself, new AuditEvent("form.purge", project.Id, "form", form.ToString(), null), cancellationToken);
            await reports.JoinAsync(tx, Itself, new NewReport(project, "purge", counts, null), cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }
    }

    private async Task DeleteRowsAsync(Tx tx, FormId form, CancellationToken cancellationToken)
    {
        var of = new { project = NoProject, forms = new[] { form.Value }, rows = RowsAtOnce };
        foreach (var deletion in deletions.OrderBy(one => one.Order))
        {
            while (await tx.ListAsync<byte[]?>(deletion.Statement, of, cancellationToken) is { Count: > 0 } gone)
            {
                await dropped.NoteAsync(tx, [.. gone.OfType<byte[]>()], areAlone: false, cancellationToken);
            }
        }
    }
}
