using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Rights.Held;
using Fieldkeep.Server.Rights.Removal;
using Fieldkeep.Server.Rights.Terms;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Rights;

/// <summary>Registers the Rights room: what people may ask of those who hold data about them.</summary>
internal static class RightsModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddRights(this IServiceCollection services) => services
        .AddSingleton<RemovalRows>()
        .AddSingleton<TrashOfRemovals>()
        .AddSingleton(provider => new ProjectsToGiveBack(provider.GetRequiredService<TrashOfRemovals>().ListAsync))
        .AddSingleton<RemovalImpacts>()
        .AddSingleton<DescribeRemoval>()
        .AddSingleton<BeginRemoval>()
        .AddSingleton<RemoveOwnAccount>()
        .AddSingleton<RemoveOthersAccount>()
        .AddSingleton<CancelRemoval>()
        .AddSingleton<BuryAccount>()
        .AddSingleton<FinishRemovals>()
        .AddSingleton<TextRows>()
        .AddSingleton<PublishText>()
        .AddSingleton<Consents>()
        .AddSingleton<Agreements>()
        .AddHeld()
        .AddSingleton<TakeOwnRecords>()
        .AddSingleton<HeldRecords>()
        .AddHostedService(provider => provider.GetRequiredService<FinishRemovals>());

    private static IServiceCollection AddHeld(this IServiceCollection services)
    {
        foreach (var kind in HeldOfRights.Kinds)
        {
            services.AddSingleton(kind);
        }

        return services;
    }
}
