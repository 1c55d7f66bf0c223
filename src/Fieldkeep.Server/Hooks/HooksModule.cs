using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Hooks;

/// <summary>Registers the Hooks room.</summary>
internal static class HooksModule
{
    /// <summary>Adds the room's parts.</summary>
    /// <param name="mayBePrivate">Whether webhooks may lead to this machine and to private networks.</param>
    public static IServiceCollection AddHooks(this IServiceCollection services, bool mayBePrivate) => services
        .AddSingleton(new HookSettings(mayBePrivate))
        .AddSingleton<HookCarrier>();
}
