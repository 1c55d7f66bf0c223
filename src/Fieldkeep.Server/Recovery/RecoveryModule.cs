using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Recovery;

/// <summary>Registers the recovery room.</summary>
internal static class RecoveryModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddRecovery(this IServiceCollection services) => services
        .AddSingleton<RecoverySource>()
        .AddSingleton<RecoverableProjects>()
        .AddSingleton<CopySubmissions>()
        .AddSingleton<CopyProject>()
        .AddSingleton<AbandonCopy>()
        .AddSingleton<AbandonLeft>()
        .AddSingleton<FinishCopy>()
        .AddSingleton<RecoverProject>()
        .AddSingleton<RunRecoveries>()
        .AddHostedService(provider => provider.GetRequiredService<RunRecoveries>());
}
