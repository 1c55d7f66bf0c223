using System.Globalization;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Recoveries;

/// <summary>Knows copies of projects that did not come to their end: nobody looked whether something of what they hold was erased meanwhile.</summary>
internal sealed class HalfMadeCopies(Db db)
{
    // By the index on subjects: the ledger is long.
    private const string IsHalfMade = """
        select exists (select from ledger.entries_view where subject_kind = 'project' and subject_id = @id and action = 'project.recover')
            and not exists (select from ledger.entries_view where subject_kind = 'project' and subject_id = @id and action = 'project.recovered')
        """;

    // After a restore a later backup may have it whole, with what people sent into it.
    private const string IsHalfMadeForGood = IsHalfMade + """

            and not exists (
                select from ledger.entries_view r join ledger.entries_view e on e.subject_kind = 'project' and e.subject_id = @id and e.action = 'project.recover'
                where r.subject_kind = 'installation' and r.subject_id = '' and r.action = 'ledger.restore' and r.id > e.id)
        """;

    /// <summary>Refuses one of the installation that is to be read.</summary>
    /// <exception cref="ProblemException"><c>recovery.half_made</c>.</exception>
    public Task RequireNotAsync(ProjectId project, CancellationToken cancellationToken) => RequireNotAsync(IsHalfMade, project, cancellationToken);

    /// <summary>Refuses one of the living installation that no backup can have as a whole.</summary>
    /// <exception cref="ProblemException"><c>recovery.half_made</c>.</exception>
    public Task RequireNotForGoodAsync(ProjectId project, CancellationToken cancellationToken) => RequireNotAsync(IsHalfMadeForGood, project, cancellationToken);

    private async Task RequireNotAsync(string question, ProjectId project, CancellationToken cancellationToken)
    {
        if (await db.GetAsync<bool>(question, new { id = project.Value.ToString(CultureInfo.InvariantCulture) }, cancellationToken))
        {
            throw RecoveryProblems.HalfMade(project);
        }
    }
}
