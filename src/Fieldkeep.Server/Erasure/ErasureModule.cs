using Fieldkeep.Server.Database.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Erasure;

/// <summary>Registers the Erasure room.</summary>
internal static class ErasureModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddErasure(this IServiceCollection services) => services
        .AddSingleton<ErasureRows>()
        .AddSingleton<ForgetProject>()
        .AddSingleton<BeginErasure>()
        .AddSingleton<DestroyKeys>()
        .AddSingleton<EraseProject>()
        .AddSingleton<ErasureQueries>()
        .AddSingleton<FinishErasures>()
        .AddHostedService(provider => provider.GetRequiredService<FinishErasures>())
        .AddSingleton<FollowErasures>()
        .AddHostedService(provider => provider.GetRequiredService<FollowErasures>())
        .AddSingleton(provider => new OnSignal("keys", (_, token) => provider.GetRequiredService<FollowErasures>().RunAsync(token)));
}
