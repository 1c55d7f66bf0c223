using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Maps the API that ODK Central's clients speak.</summary>
internal static class CentralRoutes
{
    /// <summary>Adds what the routes need beyond the rooms.</summary>
    public static IServiceCollection AddCentralV1(this IServiceCollection services) => services
        .AddSingleton<ReceivedXml>()
        .AddSingleton<FormDetails>()
        .AddSingleton<Assignments>()
        .AddSingleton<AuditEntries>()
        .AddSingleton<ProjectList>()
        .AddSingleton<ReplaceProject>();

    /// <summary>Maps everything below <c>/v1</c> but the phones' addresses.</summary>
    public static void MapCentralV1(this IEndpointRouteBuilder routes)
    {
        var v1 = routes.MapGroup("/v1")
            .Speaks(Dialect.CentralV1)
            .CalledBy(CallerKind.Session)
            .MadeFor(Audience.Scripts);
        SessionsV1.Map(v1);
        UsersV1.Map(v1);
        UserPreferencesV1.Map(v1);
        RolesV1.Map(v1);
        AssignmentsV1.Map(v1);
        ProjectsV1.Map(v1);
        AppUsersV1.Map(v1);
        FormsV1.Map(v1);
        FormVersionsV1.Map(v1);
        FormWorkbooksV1.Map(v1);
        DraftsV1.Map(v1);
        PublicLinksV1.Map(v1);
        KeysV1.Map(v1);
        SubmissionsV1.Map(v1);
        SubmissionWritesV1.Map(v1);
        SubmissionVersionsV1.Map(v1);
        SubmissionHistoryV1.Map(v1);
        ExportsV1.Map(v1);
        GeoJsonV1.Map(v1);
        AuditsV1.Map(v1);
        ConfigV1.Map(v1);
        NotBuiltV1.Map(v1);
    }
}
