using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Recovery;

/// <summary>
/// Takes copies away that a recovery left half-made because its process, its machine or the database went away: nobody looked at their end whether something of
/// them was erased meanwhile. Those in the trash, too: it may have gone away between that and the erasure.
/// </summary>
internal sealed class AbandonLeft(Db db, KeptProjects projects, AbandonCopy abandon)
{
    // By the index on subjects: the ledger is long.
    private const string Unended = """
        select distinct e.project_id from ledger.entries_view e
        where e.subject_kind = 'project' and e.subject_id = any (@ids) and e.action = 'project.recover'
            and not exists (
                select from ledger.entries_view d
                where d.subject_kind = 'project' and d.subject_id = e.subject_id and d.action = 'project.recovered')
        """;

    /// <summary>Does it; only whoever holds the lock on the scratch folder may: else a copy that is being made would be taken away.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task RunAsync(Actor actor, IProgress<string> progress, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        var kept = (await projects.ListAsync(cancellationToken)).ToDictionary(project => project.Id.Value);
        var ids = kept.Keys.Select(id => id.ToString(CultureInfo.InvariantCulture)).ToArray();
        foreach (var id in await db.ListAsync<long>(Unended, new { ids }, cancellationToken))
        {
            var copy = kept[id];
            var name = copy.Name.Replace(CopyNames.BeingRestored, CopyNames.Incomplete, StringComparison.Ordinal);
            progress.Report($"the copy {id} “{name}” was left half-made by a recovery that was stopped: {await AbandonAsync(actor, copy, name)}");
        }
    }

    private async Task<string> AbandonAsync(Actor actor, KeptProject copy, string name)
    {
        try
        {
            return await abandon.RunAsync(actor, copy.Id, name)
                ? "it was erased"
                : "it is in the trash and NOT erased, for somebody sent or changed something in it; it may hold what was erased meanwhile: erase it for good";
        }
        catch (ProblemException refused)
        {
            // Such as a legal hold on it. It is tried again at the next start: it keeps nobody's recovery.
            return $"it is NOT erased: {refused.Message}";
        }
    }
}
