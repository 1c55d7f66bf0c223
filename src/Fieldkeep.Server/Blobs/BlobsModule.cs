using Fieldkeep.Backup;
using Fieldkeep.Server.Database.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Blobs;

/// <summary>Registers the blob store.</summary>
internal static class BlobsModule
{
    /// <summary>Adds the store below <paramref name="root"/>, which <paramref name="follow"/> keeps a copy of.</summary>
    /// <param name="isShared">Whether other servers have the same folder.</param>
    public static IServiceCollection AddBlobs(this IServiceCollection services, string root, FollowBackup? follow, bool isShared) =>
        services
            .AddSingleton(provider => new BlobStore(
                root,
                provider.GetRequiredService<TimeProvider>(),
                follow is null ? null : follow.WaitForBlobsAsync,
                isShared ? provider.GetRequiredService<OwnServer>().Name : null))
            .AddSingleton<DroppedBlobs>()
            .AddSingleton<StrayBlobs>()
            .AddHostedService<SweepDroppedBlobs>();
}
