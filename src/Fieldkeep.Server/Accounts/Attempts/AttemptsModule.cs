using Fieldkeep.Server.Database.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Registers what holds up guessing.</summary>
internal static class AttemptsModule
{
    /// <summary>Adds its parts.</summary>
    public static IServiceCollection AddAttempts(this IServiceCollection services) => services
        .AddSingleton<AttemptWindow>()
        .AddSingleton<AttemptStore>()
        .AddSingleton<AttemptAlarm>()
        .AddSingleton<AttemptLimits>()
        .AddSingleton<GuessesWhileAway>()
        .AddSingleton<KnownDevices>()
        .AddSingleton<UnlockLinks>()
        .AddSingleton<EmptyCounters>()
        .AddSingleton<UnlockAccount>()
        .AddSingleton<UnlockByLetter>()
        .AddSingleton<TellOfLock>()
        .AddSingleton<SweepAttempts>()
        .AddHostedService(provider => provider.GetRequiredService<SweepAttempts>())
        .AddSingleton(provider => new OnSignal("unlocks", (_, token) => provider.GetRequiredService<SweepAttempts>().ForgetInTurnAsync(token)));
}
