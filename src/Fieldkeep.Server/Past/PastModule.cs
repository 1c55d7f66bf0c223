using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Past;

/// <summary>Registers the Past room.</summary>
internal static class PastModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddPast(this IServiceCollection services) => services
        .AddSingleton<ListChanges>()
        .AddSingleton<RevertStages>()
        .AddSingleton<RevertSettings>()
        .AddSingleton<RevertRoles>()
        .AddSingleton<RevertChange>()
        .AddSingleton<ReadRevertible>()
        .AddSingleton<PreviewRevert>()
        .AddSingleton<TellPast>()
        .AddSingleton<StateAsOf>()
        .AddSingleton<UnitAsOf>();
}
