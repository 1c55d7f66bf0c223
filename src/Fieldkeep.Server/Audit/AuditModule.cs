using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Audit;

/// <summary>Registers the Audit room.</summary>
internal static class AuditModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddAudit(this IServiceCollection services) => services
        .AddSingleton(DetailsOfProject.Deletion)
        .AddSingleton<AuditNotes>()
        .AddSingleton<CallerPseudonyms>()
        .AddSingleton<AuditOfPerson>()
        .AddSingleton<AuditLog>()
        .AddSingleton<AuditSearch>();
}
