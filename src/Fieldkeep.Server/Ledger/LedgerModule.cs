using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Ledger;

/// <summary>Registers the ledger.</summary>
internal static class LedgerModule
{
    /// <summary>Adds what other rooms use.</summary>
    public static IServiceCollection AddLedger(this IServiceCollection services) =>
        services.AddSingleton<ChangeLog>();
}
