using Fieldkeep.Server.Access;
using Fieldkeep.Server.Recoveries;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/recoveries</c>: projects made anew from the backup, beside the living ones.</summary>
internal static class RecoveriesApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var recoveries = api.MapGroup("/recoveries").WithTags("Backups");
        recoveries.MapGet("", ListAsync)
            .Declare("listRecoveries", "List what was recovered and how it went, newest first", Permission.BackupRun);
        recoveries.MapGet("/projects", ListProjectsAsync)
            .Declare("listRecoverableProjects", "List the projects that may be recovered, those in the trash first", Permission.BackupRun);
        recoveries.MapPost("/preview", PreviewAsync)
            .Declare("previewRecovery", "Say what a recovery would take from the backup; changes nothing", Permission.BackupRun)
            .Refuses(404, "recovery.not_there")
            .Refuses(409, "recovery.no_backup", "recovery.erased", "recovery.half_made", "recovery.unit_gone", "recovery.running", "recovery.not_restorable")
            .Refuses(422, "recovery.invalid");
        recoveries.MapPost("", AskAsync)
            .Declare("askRecovery", "Recover a project as of a moment, beside the living one, in the background", Permission.BackupRun)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "recovery.not_there")
            .Refuses(409, "recovery.no_backup", "recovery.erased", "recovery.half_made", "recovery.unit_gone", "recovery.running")
            .Refuses(422, "recovery.invalid");
        recoveries.MapGet("/{recoveryId:long}", GetAsync)
            .Declare("getRecovery", "Read how a recovery stands, and what did not come along", Permission.BackupRun)
            .Refuses(404, "recovery.not_found");
    }

    private static async Task<ItemList<RecoveryItem>> ListAsync(Call call, ListRecoveries list) =>
        ItemList.Of(await list.RunAsync(call.Actor, call.Aborted), RecoveryItem.Of);

    private static async Task<ItemList<RecoverableProjectItem>> ListProjectsAsync(Call call, ListRecoveries list) =>
        ItemList.Of(await list.ListProjectsAsync(call.Actor, call.Aborted), one => RecoverableProjectItem.Of(one.Project, one.Unit));

    private static async Task<RecoveryPreviewItem> PreviewAsync(Call call, JsonBody<NewRecovery> body, PreviewRecovery preview) =>
        RecoveryPreviewItem.Of(await preview.RunAsync(call.Actor, (await body.ReadAsync()).ToWish(), call.Aborted));

    private static async Task<Accepted<RecoveryItem>> AskAsync(Call call, JsonBody<NewRecovery> body, AskRecovery ask, ListRecoveries list)
    {
        var asked = await ask.RunAsync(call.Actor, (await body.ReadAsync()).ToWish(), call.Aborted);
        return TypedResults.Accepted((string?)null, RecoveryItem.Of(await list.GetAsync(call.Actor, asked.Id, call.Aborted)));
    }

    private static async Task<RecoveryItem> GetAsync(Call call, long recoveryId, ListRecoveries list) =>
        RecoveryItem.Of(await list.GetAsync(call.Actor, recoveryId, call.Aborted));
}
