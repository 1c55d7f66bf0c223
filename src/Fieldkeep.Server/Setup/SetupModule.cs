using Fieldkeep.Server.Accounts;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Setup;

/// <summary>Registers the Setup room.</summary>
internal static class SetupModule
{
    /// <summary>Adds the room's parts.</summary>
    /// <param name="setupCode">What callers from other machines must give; null lets nobody but this machine set up.</param>
    public static IServiceCollection AddSetup(this IServiceCollection services, string? setupCode) => services
        .AddSingleton(provider => new SetupCode(setupCode, provider.GetRequiredService<AttemptLimits>()))
        .AddSingleton<SetupState>()
        .AddSingleton<SetUpInstallation>()
        .AddSingleton<FillSampleProject>()
        .AddSingleton<ConfirmRecoveryKey>();
}
