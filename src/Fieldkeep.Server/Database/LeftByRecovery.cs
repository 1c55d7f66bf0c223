namespace Fieldkeep.Server.Database;

/// <summary>
/// Says what of a room's a project has that does not come along when the project is recovered from a backup, so that it is told by name: registered by the
/// room's module.
/// </summary>
/// <param name="What">What it is, in the plural: “deployments”.</param>
/// <param name="Query">Gives a text for each of the project <c>@project</c>: its name, or what else people know it by. At most a thousand rows.</param>
internal sealed record LeftByRecovery(string What, string Query)
{
    /// <summary>Lists them in a restored database.</summary>
    public Task<IReadOnlyList<string>> ListAsync(Sql sql, Kernel.ProjectId project, CancellationToken cancellationToken) =>
        sql.ListAsync<string>(Query, new { project }, cancellationToken);
}
