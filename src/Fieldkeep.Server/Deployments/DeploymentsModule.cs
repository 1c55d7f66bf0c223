using Fieldkeep.Server.Database;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Deployments;

/// <summary>Registers the deployments room.</summary>
internal static class DeploymentsModule
{
    /// <summary>Adds operations and queries.</summary>
    public static IServiceCollection AddDeployments(this IServiceCollection services) => services
        .AddSingleton(DeploymentCatalogue.Deletion)
        .AddSingleton(DeploymentCatalogue.Left)
        .AddSingleton<DeploymentCatalogue>()
        .AddSingleton(new KeptRows<KeptDeployment>("deployments.deployments", KeptDeployment.All, row => $"{row.Id}"))
        .AddSingleton<KeptRows>(provider => provider.GetRequiredService<KeptRows<KeptDeployment>>())
        .AddSingleton<DeploymentBooks>()
        .AddSingleton<FindDeployments>()
        .AddSingleton<CreateDeployment>()
        .AddSingleton<ChangeDeployment>()
        .AddSingleton<DeployPeople>();
}
