using Fieldkeep.Server.Database;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Access;

/// <summary>Registers the Access room.</summary>
internal static class AccessModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services) => services
        .AddSingleton(HeldOfAccess.Kinds[0])
        .AddSingleton(GrantRows.Left)
        .AddSingleton(HeldOfAccess.Kinds[1])
        .AddSingleton(HeldOfAccess.Kinds[2])
        .AddSingleton(HeldOfAccess.Suspended)
        .AddSingleton<AccessEpoch>()
        .AddSingleton<WhileAway>()
        .AddSingleton<KeptAccess>()
        .AddSingleton<KeptRows>(provider => provider.GetRequiredService<KeptAccess>().Places)
        .AddSingleton<KeptRows>(provider => provider.GetRequiredService<KeptAccess>().Members)
        .AddSingleton<KeptRows>(provider => provider.GetRequiredService<KeptAccess>().Grants)
        .AddSingleton<Suspensions>()
        .AddSingleton<SealSuspensions>()
        .AddSingleton(Suspensions.OfProject)
        .AddSingleton<KeptRows>(provider => provider.GetRequiredService<Suspensions>().Rows)
        .AddSingleton<Places>()
        .AddSingleton<Members>()
        .AddSingleton<GrantRows>()
        .AddSingleton<UnitsOfActor>()
        .AddSingleton<OwnRoles>()
        .AddSingleton<Reach>()
        .AddSingleton<UnitsThen>()
        .AddSingleton<RightsHistory>()
        .AddSingleton<HeldRoles>()
        .AddSingleton<Policy>()
        .AddSingleton<RightsSince>()
        .AddSingleton<OwnSight>()
        .AddSingleton<KnownActors>()
        .AddSingleton<UnitRights>();
}
