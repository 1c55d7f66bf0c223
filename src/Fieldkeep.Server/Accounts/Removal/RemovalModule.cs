using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Accounts.Removal;

/// <summary>Registers what becomes of an account that is removed.</summary>
internal static class RemovalModule
{
    /// <summary>Adds its parts.</summary>
    public static IServiceCollection AddRemoval(this IServiceCollection services)
    {
        foreach (var rows in RowsOfAccount.Rows)
        {
            services.AddSingleton(rows);
        }

        foreach (var kind in HeldOfAccount.Kinds)
        {
            services.AddSingleton(kind);
        }

        return services.AddSingleton<RetiredAddresses>().AddSingleton<EndedAccounts>();
    }
}
