using Fieldkeep.Vault.Merkle;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Ledger;

/// <summary>Registers the ledger.</summary>
internal static class LedgerModule
{
    /// <summary>Adds what other rooms use, and the sealer.</summary>
    public static IServiceCollection AddLedger(this IServiceCollection services, string dataDirectory) =>
        services.AddSingleton<ChangeLog>()
            .AddSingleton<LedgerKeys>()
            .AddSingleton(new CheckpointPlace(CheckpointFile.Below(dataDirectory)))
            .AddSingleton(EntriesSince.Leaves)
            .AddSingleton<PublishCheckpoints>()
            .AddSingleton<ProveEntries>()
            .AddSingleton<ReadEntries>()
            .AddSingleton<SealDelay>()
            .AddSingleton<SealEntries>()
            .AddHostedService(provider => provider.GetRequiredService<SealEntries>());
}
