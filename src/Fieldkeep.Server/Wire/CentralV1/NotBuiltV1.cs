using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>
/// Answers 501 with a reason where Central has something that this server has not, so that a script learns that from the
/// answer and not from a 404. Only who may see the project, or run the server, is told; for others nothing is there.
/// </summary>
internal static class NotBuiltV1
{
    private const string EntitiesInstead = "Entity lists come with a later version; until then attach them to forms as CSV files.";
    private const string PropertiesInstead = "Write what matters into the app user's name.";

    // Every address of entities in Central's documents, with the name of its operation.
    private static readonly (string Method, string Path, string Id)[] Entities =
    [
        ("GET", "/datasets", "listDatasets"),
        ("POST", "/datasets", "createDataset"),
        ("GET", "/datasets/{name}", "getDataset"),
        ("PATCH", "/datasets/{name}", "updateDataset"),
        ("DELETE", "/datasets/{name}", "deleteDataset"),
        ("POST", "/datasets/{name}/properties", "createDatasetProperty"),
        ("DELETE", "/datasets/{name}/properties/{propertyName}", "deleteDatasetProperty"),
        ("GET", "/datasets/{name}/integrity", "getDatasetIntegrity"),
        ("GET", "/datasets/{name}/entities.csv", "exportEntities"),
        ("GET", "/datasets/{name}/entities.geojson", "exportEntitiesGeoJson"),
        ("GET", "/datasets/{name}/entities", "listEntities"),
        ("POST", "/datasets/{name}/entities", "createEntities"),
        ("GET", "/datasets/{name}/entities/creators", "listEntityCreators"),
        ("POST", "/datasets/{name}/entities/bulk-delete", "deleteEntities"),
        ("POST", "/datasets/{name}/entities/bulk-restore", "restoreEntities"),
        ("GET", "/datasets/{name}/entities/{uuid}", "getEntity"),
        ("PATCH", "/datasets/{name}/entities/{uuid}", "updateEntity"),
        ("DELETE", "/datasets/{name}/entities/{uuid}", "deleteEntity"),
        ("POST", "/datasets/{name}/entities/{uuid}/restore", "restoreEntity"),
        ("GET", "/datasets/{name}/entities/{uuid}/versions", "listEntityVersions"),
        ("GET", "/datasets/{name}/entities/{uuid}/diffs", "listEntityDiffs"),
        ("GET", "/datasets/{name}/entities/{uuid}/audits", "listEntityAudits"),
        ("GET", "/datasets/{name}/entities/{uuid}/geojson", "getEntityGeoJson"),
        ("GET", "/datasets/{name}.svc", "getEntityService"),
        ("GET", "/datasets/{name}.svc/$metadata", "getEntityServiceMetadata"),
        ("GET", "/datasets/{name}.svc/Entities", "readEntityTable"),
        ("GET", "/trash/datasets/{datasetId}/entities.csv", "exportTrashedEntities"),
        ("GET", "/forms/{formId}/dataset-diff", "getDatasetDiff"),
        ("GET", "/forms/{formId}/draft/dataset-diff", "getDraftDatasetDiff"),
    ];

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var project = v1.MapGroup("/projects/{projectId:long}").WithTags("Not built");
        foreach (var (method, path, id) in Entities)
        {
            project.MapMethods(path, [method], (ProjectCall call, Policy policy) =>
                    RefuseAsync(call, policy, Permission.ProjectRead, "An entity list (dataset)", EntitiesInstead))
                .Declare(id, "Not built: entity lists", Permission.ProjectRead)
                .Refuses(501, "central.not_built");
        }

        project.MapGet("/actor-properties", (ProjectCall call, Policy policy) =>
                RefuseAsync(call, policy, Permission.AppUserList, "A property of app users", PropertiesInstead))
            .Declare("listActorProperties", "Not built: properties of app users", Permission.AppUserList)
            .Refuses(501, "central.not_built");
        project.MapPost("/actor-properties", (ProjectCall call, Policy policy) =>
                RefuseAsync(call, policy, Permission.AppUserCreate, "A property of app users", PropertiesInstead))
            .Declare("createActorProperty", "Not built: properties of app users", Permission.AppUserCreate)
            .Refuses(501, "central.not_built");
        project.MapDelete("/forms/{formId}/submissions/{instanceId}/versions/{versionId}/attachments/{name}", (ProjectCall call, Policy policy) =>
                RefuseAsync(
                    call,
                    policy,
                    Permission.SubmissionUpdate,
                    "Clearing a file of an earlier version",
                    "Earlier versions never change. Clear the file of the submission itself, or edit it."))
            .Declare("clearSubmissionVersionFile", "Not built: clearing files of earlier versions", Permission.SubmissionUpdate)
            .Refuses(501, "central.not_built");
        v1.MapGet("/analytics/preview", PreviewAsync)
            .WithTags("Not built")
            .Declare("previewAnalytics", "Not built: this server reports its use to nobody", Permission.SettingsUpdate)
            .Refuses(501, "analytics.none");
        v1.MapPost("/backup", BackUpAsync)
            .WithTags("Not built")
            .Declare("backUp", "Not built: backups over HTTP", Permission.BackupRun)
            .Refuses(501, "central.not_built");
    }

    private static async Task<Done> RefuseAsync(
        ProjectCall call, Policy policy, Permission permission, string feature, string instead)
    {
        await policy.RequireAsync(call.Actor, permission, Scope.Of(call.Project.Id), call.Aborted);
        throw CentralProblems.NotBuilt(feature, instead);
    }

    private static async Task<Done> PreviewAsync(Call call, Policy policy)
    {
        await policy.RequireAsync(call.Actor, Permission.SettingsUpdate, Scope.Installation, call.Aborted);
        throw ConfigV1.NoAnalytics();
    }

    // A dump under a passphrase of the request would carry all data past the keys; our backups are made and kept otherwise.
    private static async Task<Done> BackUpAsync(Call call, Policy policy)
    {
        await policy.RequireAsync(call.Actor, Permission.BackupRun, Scope.Installation, call.Aborted);
        throw CentralProblems.NotBuilt(
            "A backup over HTTP", "Run “fieldkeep backup” on the server: it is encrypted, verified and can be restored without this address.");
    }
}
