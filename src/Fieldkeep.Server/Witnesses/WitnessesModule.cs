using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Witnesses;

/// <summary>Registers the Witnesses room.</summary>
internal static class WitnessesModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddWitnesses(this IServiceCollection services) => services
        .AddSingleton<WitnessRows>()
        .AddSingleton<CheckpointLetter>()
        .AddSingleton<CheckpointHook>()
        .AddSingleton<CarryCheckpoints>()
        .AddSingleton<ListWitnesses>()
        .AddSingleton<ChangeWitnesses>()
        .AddHostedService(provider => provider.GetRequiredService<CarryCheckpoints>());
}
