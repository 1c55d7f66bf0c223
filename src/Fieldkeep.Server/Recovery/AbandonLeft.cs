using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Recovery;

/// <summary>
/// Moves copies into the trash that a recovery left half-made because its process, its machine or the database went away: nobody looked at their end whether
/// something of them was erased meanwhile.
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
        var living = (await projects.ListAsync(cancellationToken)).Where(project => project.DeletedAt is null).ToDictionary(project => project.Id.Value);
        var ids = living.Keys.Select(id => id.ToString(CultureInfo.InvariantCulture)).ToArray();
        foreach (var id in await db.ListAsync<long>(Unended, new { ids }, cancellationToken))
        {
            var copy = living[id];
            var name = copy.Name.Replace(CopyNames.BeingRestored, CopyNames.Incomplete, StringComparison.Ordinal);
            await abandon.RunAsync(actor, copy.Id, name, isErased: false);
            progress.Report($"the copy {id} “{name}” was left half-made by a recovery that was stopped: it is in the trash now");
        }
    }
}
