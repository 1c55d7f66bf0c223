using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments;

/// <summary>Finds deployments, ended or not: for what was accepted into them some time ago.</summary>
internal static class DeploymentsThen
{
    private const string Find = """
        select id, form_id, created_at, case when deleted_at is not null then deleted_at when not is_active then updated_at end as closed_at
        from deployments.deployments where id = any (@ids)
        """;

    /// <summary>Lists those that are there.</summary>
    public static Task<IReadOnlyList<DeploymentThen>> ListAsync(Sql sql, IEnumerable<DeploymentId> deployments, CancellationToken cancellationToken) =>
        sql.ListAsync<DeploymentThen>(Find, new { ids = deployments.Select(deployment => deployment.Value).Distinct().ToArray() }, cancellationToken);
}

/// <summary>A deployment.</summary>
/// <param name="ClosedAt">When it was changed last, if it takes nothing new: it was closed then or before.</param>
internal sealed record DeploymentThen(DeploymentId Id, FormId FormId, DateTimeOffset CreatedAt, DateTimeOffset? ClosedAt);
