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
    private const string Begun = """
        select e.project_id as id,
            bool_or(exists (
                select from ledger.entries_view r
                where r.subject_kind = 'installation' and r.subject_id = '' and r.action = 'ledger.restore' and r.id > e.id)) as is_restored
        from ledger.entries_view e
        where e.subject_kind = 'project' and e.subject_id = any (@ids) and e.action = 'project.recover'
            and not exists (
                select from ledger.entries_view d
                where d.subject_kind = 'project' and d.subject_id = e.subject_id and d.action = 'project.recovered')
        group by e.project_id
        """;

    /// <summary>Does it; only whoever holds the lock on the scratch folder may: else a copy that is being made would be taken away.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task RunAsync(Actor actor, IProgress<string> progress, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        var kept = (await projects.ListAsync(cancellationToken)).ToDictionary(project => project.Id.Value);
        var ids = kept.Keys.Select(id => id.ToString(CultureInfo.InvariantCulture)).ToArray();
        foreach (var (id, isRestored) in await db.ListAsync<Unended>(Begun, new { ids }, cancellationToken))
        {
            var copy = kept[id];
            var name = copy.Name.Replace(CopyNames.BeingRestored, CopyNames.Incomplete, StringComparison.Ordinal);
            progress.Report($"the copy {id} “{name}” was left half-made by a recovery that was stopped: {await AbandonAsync(actor, copy, name, isRestored)}");
        }
    }

    private async Task<string> AbandonAsync(Actor actor, KeptProject copy, string name, bool isRestored)
    {
        try
        {
            // This server was restored to a moment at which the copy was being made: in a later backup it may be whole, and hold what people sent into it since.
            return await abandon.RunAsync(actor, copy.Id, name, isKept: isRestored) ? "it was erased"
                : isRestored
                ? "it is in the trash and NOT erased, for this server was restored since: it may be whole in a later backup, and it may hold what was erased meanwhile"
                : "it is in the trash and NOT erased, for somebody sent or changed something in it, or operators suspended it; it may hold what was erased meanwhile: erase it for good";
        }
        catch (ProblemException refused)
        {
            // Such as a legal hold on it. It is tried again at the next start: it keeps nobody's recovery.
            return $"it is NOT erased: {refused.Message}";
        }
    }

    private sealed record Unended(long Id, bool IsRestored);
}
