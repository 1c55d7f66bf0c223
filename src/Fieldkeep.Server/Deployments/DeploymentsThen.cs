using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments;

/// <summary>Finds deployments, ended or not: for what was accepted into them some time ago.</summary>
internal static class DeploymentsThen
{
    private const string Find = "select id, form_id, created_at from deployments.deployments where id = any (@ids)";

    /// <summary>Lists those that are there.</summary>
    public static Task<IReadOnlyList<DeploymentThen>> ListAsync(Sql sql, IEnumerable<DeploymentId> deployments, CancellationToken cancellationToken) =>
        sql.ListAsync<DeploymentThen>(Find, new { ids = deployments.Select(deployment => deployment.Value).Distinct().ToArray() }, cancellationToken);
}

/// <summary>A deployment.</summary>
internal sealed record DeploymentThen(DeploymentId Id, FormId FormId, DateTimeOffset CreatedAt);
