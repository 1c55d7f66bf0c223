using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>
/// Orders what is stored and what is ordered about all that is there, such as that answers are replaced: whoever orders waits for what is being stored at this
/// moment, and what is stored later sees the order.
/// </summary>
internal static class Arrivals
{
    // Rising, so that two groups never wait for each other.
    private const string Share = """
        select pg_advisory_xact_lock_shared(hashtext('submissions.arrivals'), project)
        from (select distinct project from unnest(@projects::integer[]) as input (project) order by project) as projects
        """;

    private const string Alone = "select pg_advisory_xact_lock(hashtext('submissions.arrivals'), @project::integer)";

    /// <summary>Takes part in storing, until the transaction ends.</summary>
    public static Task ShareAsync(Tx tx, IEnumerable<ProjectId> projects, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Share, new { projects = projects.Select(NumberOf).ToArray() }, cancellationToken);

    /// <summary>Lets nobody store new submissions of a project until the transaction ends; waits for who does.</summary>
    public static Task AloneAsync(Tx tx, ProjectId project, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Alone, new { project = NumberOf(project) }, cancellationToken);

    private static int NumberOf(ProjectId project) => unchecked((int)project.Value);
}
