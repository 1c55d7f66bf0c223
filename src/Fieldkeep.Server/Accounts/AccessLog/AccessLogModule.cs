using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Accounts.AccessLog;

/// <summary>Registers the access log.</summary>
internal static class AccessLogModule
{
    /// <summary>Adds its parts.</summary>
    public static IServiceCollection AddAccessLog(this IServiceCollection services) => services
        .AddSingleton<AccessRows>()
        .AddSingleton<AccessBook>()
        .AddHostedService(provider => provider.GetRequiredService<AccessBook>())
        .AddSingleton<NoteSignIn>()
        .AddSingleton<ReadAccessLog>()
        .AddSingleton<DisownAccess>()
        .AddSingleton<AgeAccessLog>()
        .AddHostedService(provider => provider.GetRequiredService<AgeAccessLog>());
}
