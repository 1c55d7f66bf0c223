using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Database;

/// <summary>Finds projects' entries in the keyring by their numbers; the room of projects says how.</summary>
/// <param name="Query">Gives <c>id</c> and <c>key_id</c> of the projects <c>@ids</c>, whatever became of them.</param>
internal sealed record KeysOfProjects(string Query)
{
    /// <summary>Lists those that are there.</summary>
    public async Task<IReadOnlyDictionary<ProjectId, Guid>> ListAsync(Sql sql, IEnumerable<ProjectId> projects, CancellationToken cancellationToken)
    {
        var ids = projects.Select(project => project.Value).Distinct().ToArray();
        return (await sql.ListAsync<Row>(Query, new { ids }, cancellationToken)).ToDictionary(row => row.Id, row => row.KeyId);
    }

    private sealed record Row(ProjectId Id, Guid KeyId);
}
