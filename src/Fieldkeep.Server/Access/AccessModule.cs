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
        .AddSingleton<AccessEpoch>()
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
        .AddSingleton<OwnSight>()
        .AddSingleton<KnownActors>()
        .AddSingleton<UnitRights>();
}
