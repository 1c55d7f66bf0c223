using Fieldkeep.Server.Kernel;
using Npgsql;

namespace Fieldkeep.Server.Database;

/// <summary>Keeps what was sealed before a project was erased from being stored after: migration 0035.</summary>
internal static class RefuseErased
{
    private const string Refuse = "select organisations.refuse_erased(@projects)";

    private const string Erased = "FK001";

    /// <summary>Lets the transaction fail if one of the projects is erased; comes after what it writes.</summary>
    public static Task RunAsync(Tx tx, IEnumerable<ProjectId> projects, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Refuse, new { projects = projects.Select(project => project.Value).Distinct().ToArray() }, cancellationToken);

    /// <summary>Tells whether that is why it failed.</summary>
    public static bool IsWhy(Exception thrown) => thrown is PostgresException { SqlState: Erased };
}
