using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Recoveries;

/// <summary>Registers the room of recoveries that operators ask for; the Recovery room does them.</summary>
internal static class RecoveriesModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddRecoveries(this IServiceCollection services) => services
        .AddSingleton(RecoveryRows.Told)
        .AddSingleton(RecoveryRows.OfProject)
        .AddSingleton<RecoveryRows>()
        .AddSingleton<RunningRecovery>()
        .AddSingleton<ErasedForGood>()
        .AddSingleton<HalfMadeCopies>()
        .AddSingleton<CheckRecovery>()
        .AddSingleton<PreviewRecovery>()
        .AddSingleton<AskRecovery>()
        .AddSingleton<ListRecoveries>();
}
