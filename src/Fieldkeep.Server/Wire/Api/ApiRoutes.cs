using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Maps our own API.</summary>
internal static class ApiRoutes
{
    /// <summary>Maps everything below <c>/api</c>.</summary>
    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api")
            .Speaks(Dialect.Api)
            .CalledBy(CallerKind.Session)
            .MadeFor(Audience.Web)
            .WithinRanges();
        SetupApi.Map(api);
        SessionApi.Map(api);
        FactorsApi.Map(api);
        FactorResetsApi.Map(api);
        ExternalApi.Map(api);
        PasswordResetsApi.Map(api);
        OwnSessionsApi.Map(api);
        TokensApi.Map(api);
        ProjectsApi.Map(api);
        ErasuresApi.Map(api);
        AccountsApi.Map(api);
        RemovalsApi.Map(api);
        RightsApi.Map(api);
        TextsApi.Map(api);
        ArchivesApi.Map(api);
        SecurityText.Map(api);
        KeysApi.Map(api);
        AppUsersApi.Map(api);
        PublicLinksApi.Map(api);
        FormsApi.Map(api);
        DraftsApi.Map(api);
        PrivacyApi.Map(api);
        ConfidentialApi.Map(api);
        SubmissionsApi.Map(api);
        ReviewsApi.Map(api);
        SubmissionTrashApi.Map(api);
        LifecycleApi.Map(api);
        RetentionApi.Map(api);
        PeopleInDataApi.Map(api);
        RowConditionsApi.Map(api);
        DeploymentsApi.Map(api);
        TransitionsApi.Map(api);
        ExportsApi.Map(api);
        SavedExportsApi.Map(api);
        ActivityApi.Map(api);
        LedgerApi.Map(api);
        PastApi.Map(api);
        WitnessesApi.Map(api);
        HealthApi.Map(api);
        IncidentsApi.Map(api);
        LimitsApi.Map(api);
        BackupsApi.Map(api);
        BaseBackupsApi.Map(api);
        RecoveriesApi.Map(api);
        AccessLogApi.Map(api);
        LocksApi.Map(api);
        SupportAccessApi.Map(api);
        UnitsApi.Map(api);
        MembersApi.Map(api);
        RolesApi.Map(api);
        InvitationsApi.Map(api);
        AccessApi.Map(api);
    }
}
