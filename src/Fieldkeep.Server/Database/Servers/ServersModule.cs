using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Database.Servers;

/// <summary>Registers what the servers on one database know of each other. First of all: its work in the background begins first, and ends last.</summary>
internal static class ServersModule
{
    /// <summary>Adds the parts.</summary>
    /// <param name="name">Gives the name of this server.</param>
    public static IServiceCollection AddServers(this IServiceCollection services, Func<string> name) => services
        .AddSingleton(_ => new OwnServer(name()))
        .AddSingleton<ServerRows>()
        .AddSingleton<LeaseRows>()
        .AddSingleton<OtherJournals>()
        .AddSingleton<DatabaseHold>()
        .AddSingleton<LeaderLease>()
        .AddSingleton<KeepServers>()
        .AddHostedService(provider => provider.GetRequiredService<KeepServers>());
}
