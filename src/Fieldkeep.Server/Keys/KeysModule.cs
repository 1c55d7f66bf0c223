using Fieldkeep.Server.Database;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Keys;

/// <summary>Registers the keys room; the keyring itself is opened before the server is composed.</summary>
internal static class KeysModule
{
    /// <summary>Adds sealing, and the keys that phones encrypt to.</summary>
    public static IServiceCollection AddKeys(this IServiceCollection services) => services
        .AddSingleton<Sealer>()
        .AddSingleton<FormKeys>()
        .AddSingleton<OpenFormKeys>()
        .AddSingleton(new RowsOfProject(50, FormKeys.DeleteOfProject))
        .AddHostedService<KeepKeyringFresh>();
}
