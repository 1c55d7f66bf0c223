using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Database.Servers;

/// <summary>Registers what the servers on one database know of each other. First of all: its work in the background begins first, and ends last.</summary>
internal static class ServersModule
{
    /// <summary>Adds the parts.</summary>
    /// <param name="name">Gives the name of this server.</param>
    /// <param name="isOneOfSeveral">Whether others may serve on the same database.</param>
    /// <param name="shared">The folder that those share for keys and files; null where there is none to look into.</param>
    public static IServiceCollection AddServers(this IServiceCollection services, Func<string> name, bool isOneOfSeveral, string? shared) => services
        .AddSingleton(_ => new OwnServer(name(), isOneOfSeveral))
        .AddSingleton<ChangeSignals>()
        .AddSingleton<HeardServers>()
        .AddSingleton<ServerRows>()
        .AddSingleton<LeaseRows>()
        .AddSingleton(provider => new SharedFolder(shared, provider.GetRequiredService<OwnServer>(), provider.GetRequiredService<ServerRows>(), provider.GetRequiredService<Keyring>()))
        .AddSingleton<OtherJournals>()
        .AddSingleton<OtherKeyrings>()
        .AddSingleton<DatabaseHold>()
        .AddSingleton<LeaderLease>()
        .AddSingleton<KeepServers>()
        .AddHostedService(provider => provider.GetRequiredService<KeepServers>())
        .AddSingleton<HearChanges>()
        .AddHostedService(provider => provider.GetRequiredService<HearChanges>());
}
