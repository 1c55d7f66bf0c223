using Fieldkeep.Backup;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Blobs;

/// <summary>Registers the blob store.</summary>
internal static class BlobsModule
{
    /// <summary>Adds the store below <paramref name="root"/>, which <paramref name="follow"/> keeps a copy of.</summary>
    public static IServiceCollection AddBlobs(this IServiceCollection services, string root, FollowBackup? follow) =>
        services
            .AddSingleton(provider => new BlobStore(root, provider.GetRequiredService<TimeProvider>(), follow is null ? null : follow.WaitForBlobsAsync))
            .AddSingleton<DroppedBlobs>()
            .AddSingleton<StrayBlobs>()
            .AddHostedService<SweepDroppedBlobs>();
}
