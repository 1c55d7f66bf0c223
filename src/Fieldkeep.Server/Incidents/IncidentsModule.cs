using Fieldkeep.Server.Database.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Incidents;

/// <summary>Registers the Incidents room.</summary>
internal static class IncidentsModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddIncidents(this IServiceCollection services) => services
        .AddSingleton<ReadStatus>()
        .AddSingleton(provider => new OnSignal("incidents", (_, _) =>
        {
            provider.GetRequiredService<ReadStatus>().Forget();
            return Task.CompletedTask;
        }))
        .AddSingleton<ListIncidents>()
        .AddSingleton<ChangeIncidents>();
}
