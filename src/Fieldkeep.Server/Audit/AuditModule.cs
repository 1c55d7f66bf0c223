using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Audit;

/// <summary>Registers the Audit room.</summary>
internal static class AuditModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddAudit(this IServiceCollection services) => services
        .AddSingleton(DetailsOfProject.Deletion)
        .AddSingleton(AuditOfRemoved.Rows[0])
        .AddSingleton(AuditOfRemoved.Rows[1])
        .AddSingleton(HeldOfAudit.Kinds[0])
        .AddSingleton<AuditNotes>()
        .AddSingleton<CallerPseudonyms>()
        .AddSingleton<AuditOfPerson>()
        .AddSingleton<AuditLog>()
        .AddSingleton<AuditSearch>();
}
