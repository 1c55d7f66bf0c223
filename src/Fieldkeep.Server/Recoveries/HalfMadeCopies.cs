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

    /// <summary>Refuses one.</summary>
    /// <exception cref="ProblemException"><c>recovery.half_made</c>.</exception>
    public async Task RequireNotAsync(ProjectId project, CancellationToken cancellationToken)
    {
        if (await db.GetAsync<bool>(IsHalfMade, new { id = project.Value.ToString(CultureInfo.InvariantCulture) }, cancellationToken))
        {
            throw RecoveryProblems.HalfMade(project);
        }
    }
}
