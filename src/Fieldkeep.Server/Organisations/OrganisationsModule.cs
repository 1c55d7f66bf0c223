using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Organisations;

/// <summary>Registers the Organisations room.</summary>
internal static class OrganisationsModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddOrganisations(this IServiceCollection services) => services
        .AddSingleton<OrganisationQueries>()
        .AddSingleton<ProjectQueries>()
        .AddSingleton<ProjectRefs>()
        .AddSingleton<OrganisationRows>()
        .AddSingleton<CreateProject>()
        .AddSingleton<UpdateProject>()
        .AddSingleton<DeleteProject>()
        .AddSingleton<PublicSettings>();
}
