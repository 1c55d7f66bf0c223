using Fieldkeep.Server.Rights.Removal;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Rights;

/// <summary>Registers the Rights room: what people may ask of those who hold data about them.</summary>
internal static class RightsModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddRights(this IServiceCollection services) => services
        .AddSingleton<RemovalRows>()
        .AddSingleton<RemovalImpacts>()
        .AddSingleton<DescribeRemoval>()
        .AddSingleton<BeginRemoval>()
        .AddSingleton<RemoveOwnAccount>()
        .AddSingleton<RemoveOthersAccount>()
        .AddSingleton<CancelRemoval>()
        .AddSingleton<BuryAccount>()
        .AddSingleton<FinishRemovals>()
        .AddHostedService(provider => provider.GetRequiredService<FinishRemovals>());
}
