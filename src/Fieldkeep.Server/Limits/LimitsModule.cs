using Fieldkeep.Server.Database;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Limits;

/// <summary>Registers the Limits room.</summary>
internal static class LimitsModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddLimits(this IServiceCollection services) => services
        .AddSingleton<FindLimits>()
        .AddSingleton<KeptRows>(provider => provider.GetRequiredService<FindLimits>().Rows)
        .AddSingleton(LimitRow.OfProject)
        .AddSingleton<PlaceToLimit>()
        .AddSingleton<ChangeLimits>()
        .AddSingleton<ChangeSuspension>();
}
