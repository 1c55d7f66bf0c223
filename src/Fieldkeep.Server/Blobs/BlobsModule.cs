using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Blobs;

/// <summary>Registers the blob store.</summary>
internal static class BlobsModule
{
    /// <summary>Adds the store below <paramref name="root"/>.</summary>
    public static IServiceCollection AddBlobs(this IServiceCollection services, string root) =>
        services
            .AddSingleton(provider => new BlobStore(root, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<DroppedBlobs>()
            .AddSingleton<StrayBlobs>()
            .AddHostedService<SweepDroppedBlobs>();
}
