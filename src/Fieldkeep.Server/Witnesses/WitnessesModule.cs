using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Witnesses;

/// <summary>Registers the Witnesses room.</summary>
internal static class WitnessesModule
{
    /// <summary>Adds the room's parts.</summary>
    /// <param name="mayBePrivate">Whether webhooks may lead to this machine and to private networks.</param>
    public static IServiceCollection AddWitnesses(this IServiceCollection services, bool mayBePrivate) => services
        .AddSingleton(new WitnessSettings(mayBePrivate))
        .AddSingleton<WitnessRows>()
        .AddSingleton<CheckpointLetter>()
        .AddSingleton<CheckpointHook>()
        .AddSingleton<CarryCheckpoints>()
        .AddSingleton<ListWitnesses>()
        .AddSingleton<ChangeWitnesses>()
        .AddHostedService(provider => provider.GetRequiredService<CarryCheckpoints>());
}
