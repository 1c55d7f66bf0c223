using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Purging;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Lifecycle.People;

/// <summary>
/// Erases submissions that the keyring knows to be erased and that are here: a process died before it came to them, or a database from before was
/// restored. A step of the background.
/// </summary>
internal sealed class EraseAgain(Db db, Keyring keyring, KeptProjects projects, PurgeSubmissions purge, ReportRows reports)
{
    private static readonly Actor Itself = Actor.System(Door.Job);

    /// <summary>Does one round.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var erased = keyring.ErasedRows;
        if (erased.Count == 0)
        {
            return;
        }

        var byKey = (await projects.ListAsync(cancellationToken)).ToDictionary(project => project.KeyId);
        foreach (var rows in erased.GroupBy(row => row.Project))
        {
            if (byKey.GetValueOrDefault(rows.Key) is { } project)
            {
                await EraseAsync(project.Ref, [.. rows.Select(row => row.Row)], cancellationToken);
            }
        }
    }

    private async Task EraseAsync(ProjectRef project, IReadOnlyList<Guid> rows, CancellationToken cancellationToken)
    {
        var here = await PurgedRows.ListPresentAsync(db, project.Id, rows, cancellationToken);
        var purged = default(PurgedCount);
        try
        {
            foreach (var batch in here.Chunk(PurgeSubmissions.AtOnce))
            {
                purged += await purge.RunAsync(Itself, project, batch, "erasure", null, cancellationToken);
            }
        }
        finally
        {
            // What is gone is told, whatever ended the round.
            if (purged.Submissions > 0)
            {
                await reports.WriteAsync(Itself, new NewReport(project, "erase", ReportCounts.Of(purged), null), CancellationToken.None);
            }
        }
    }
}
