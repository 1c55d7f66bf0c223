using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Lifecycle;
using Fieldkeep.Server.Lifecycle.Holding;
using Fieldkeep.Server.Lifecycle.Trash;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>How long a project keeps what, what is on hold, and what was deleted for good.</summary>
internal static class LifecycleApi
{
    /// <summary>Maps the routes below <c>/projects/{projectId}</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var project = api.MapGroup("/projects/{projectId:long}").WithTags("Keeping and deleting");
        project.MapGet("/trash-days", GetDaysAsync)
            .Declare("getTrashDays", "Read for how many days a project keeps its trash", Permission.ProjectRead);
        project.MapPut("/trash-days", SetDaysAsync)
            .Declare("setTrashDays", "Say for how many days a project keeps its trash, 0 to 180", Permission.SubmissionErase)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(422, "project.trash_days");
        project.MapGet("/holds", ListHoldsAsync)
            .Declare("listHolds", "List legal holds; those that only read the project learn whether one stands on it", Permission.ProjectRead);
        project.MapPost("/holds", PlaceHoldAsync)
            .Declare("placeHold", "Place a legal hold on the project or one submission: nothing of it is deleted for good", Permission.ProjectHold)
            .Refuses(404, "form.not_found", "submission.not_found")
            .Refuses(409, "hold.standing", "hold.too_many")
            .Refuses(422, "lifecycle.reason");
        project.MapPost("/holds/{holdId:long}/lift", LiftHoldAsync)
            .Declare("liftHold", "Lift a legal hold", Permission.ProjectHold)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "hold.not_found")
            .Refuses(422, "lifecycle.reason");
        project.MapGet("/deletion-reports", ListReportsAsync)
            .Declare("listDeletionReports", "List what was deleted or taken out for good: counts, never whose it was", Permission.SubmissionErase);
        api.MapPost("/projects/{projectId:long}/forms/{formId}/trash/purge", PurgeAsync)
            .WithTags("Keeping and deleting")
            .Declare("purgeTrashedSubmissions", "Delete submissions in the trash for good, before their days are over", Permission.SubmissionErase)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "form.not_found", "submission.not_in_trash")
            .Refuses(409, "hold.active")
            .Refuses(422, "lifecycle.reason", "lifecycle.confirm", "lifecycle.none_chosen", "lifecycle.too_many");
    }

    private static async Task<TrashDaysItem> GetDaysAsync(Call call, long projectId, KeptProjects kept, Policy policy)
    {
        await policy.RequireAsync(call.Actor, Permission.ProjectRead, Scope.Of(new ProjectId(projectId)), call.Aborted);
        return new TrashDaysItem((await kept.FindAsync(new ProjectId(projectId), call.Aborted))?.TrashDays);
    }

    private static async Task<TrashDaysItem> SetDaysAsync(Call call, long projectId, JsonBody<TrashDaysItem> body, KeepTrash keep)
    {
        var wanted = await body.ReadAsync();
        await keep.RunAsync(call.Actor, new ProjectId(projectId), wanted.TrashDays, call.Aborted);
        return wanted;
    }

    private static async Task<ItemList<HoldItem>> ListHoldsAsync(ProjectCall call, ListHolds list, AccountQueries accounts)
    {
        var all = await list.RunAsync(call.Actor, call.Project, call.Aborted);
        var names = await accounts.NamesAsync(
            [.. all.Select(hold => hold.PlacedBy.Value), .. all.Select(hold => hold.LiftedBy?.Value).OfType<long>()], call.Aborted);
        return ItemList.Of(all, hold => HoldItem.Of(hold, names));
    }

    private static async Task<HoldMade> PlaceHoldAsync(ProjectCall call, JsonBody<NewHold> body, PlaceHold place)
    {
        var wanted = await body.ReadAsync();
        // Half of a submission is not the project: whoever forgot one is told so.
        var on = wanted is { FormId: null, InstanceId: null } ? null : new SubmissionPlace(wanted.FormId ?? "", IsDraft: false, wanted.InstanceId ?? "");
        return new HoldMade(await place.RunAsync(call.Actor, call.Project, on, wanted.Reason, call.Aborted));
    }

    private static async Task<NoContent> LiftHoldAsync(ProjectCall call, long holdId, JsonBody<WhyItem> body, LiftHold lift)
    {
        await lift.RunAsync(call.Actor, call.Project, holdId, (await body.ReadAsync()).Reason, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<ItemList<DeletionReportItem>> ListReportsAsync(Call call, long projectId, ListReports list, AccountQueries accounts)
    {
        var all = await list.RunAsync(call.Actor, new ProjectId(projectId), call.Aborted);
        var names = await accounts.NamesAsync(all.Select(report => report.By.Value).Distinct(), call.Aborted);
        return ItemList.Of(all, report => DeletionReportItem.Of(report, names));
    }

    private static async Task<ReportCounts> PurgeAsync(FormCall call, JsonBody<NewPurge> body, PurgeTrashed purge)
    {
        var wanted = await body.ReadAsync();
        return await purge.RunAsync(
            call.Actor, call.Project, call.FormId, wanted.InstanceIds ?? [], wanted.Confirm, wanted.Reason, call.Aborted);
    }
}
