using Fieldkeep.Server.Lifecycle.Holding;
using Fieldkeep.Server.Lifecycle.Trash;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Lifecycle;

/// <summary>Registers the Lifecycle room.</summary>
internal static class LifecycleModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddLifecycle(this IServiceCollection services) => services
        .AddSingleton<ReportRows>()
        .AddSingleton<ListReports>()
        .AddSingleton<PlaceHold>()
        .AddSingleton<LiftHold>()
        .AddSingleton<ListHolds>()
        .AddSingleton<ClockGuard>()
        .AddSingleton<EmptyTrash>()
        .AddSingleton<PurgeTrashed>()
        .AddSingleton(provider => new DueWork(10, provider.GetRequiredService<EmptyTrash>().RunAsync))
        .AddSingleton<EraseTrashedProjects>()
        .AddSingleton(provider => new DueWork(50, provider.GetRequiredService<EraseTrashedProjects>().RunAsync))
        .AddSingleton<DoDueWork>()
        .AddHostedService(provider => provider.GetRequiredService<DoDueWork>());
}
