using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Limits;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Limiting;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/limits</c>: how much projects and accounts may have, and which are suspended. For operators.</summary>
internal static class LimitsApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var limits = api.MapGroup("/limits").WithTags("Limits");
        limits.MapGet("", GetAsync).Declare("getLimits", "Read how much projects and accounts may have", Permission.SettingsUpdate);
        limits.MapPut("", SetForAllAsync)
            .Declare("setLimits", "Set how much projects and accounts may have that have no limits of their own", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(422, "limit.invalid");
        limits.MapGet("/projects", ListProjectsAsync)
            .Declare("listLimitedProjects", "List projects that have limits of their own, are suspended, or come near a limit", Permission.SettingsUpdate);
        limits.MapGet("/accounts", ListAccountsAsync)
            .Declare("listLimitedAccounts", "List accounts that have limits of their own, or are suspended", Permission.SettingsUpdate);
        MapProject(limits.MapGroup("/projects/{id:long}"));
        MapAccount(limits.MapGroup("/accounts/{id:long}"));
    }

    private static void MapProject(RouteGroupBuilder project)
    {
        project.MapGet("", GetProjectAsync)
            .Declare("getLimitedProject", "Measure what a project uses of what it may, by its number", Permission.SettingsUpdate)
            .Refuses(404, "limit.not_found");
        project.MapPut("", SetProjectAsync)
            .Declare("setProjectLimits", "Set how much one project may have; what is absent goes by what all may", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "limit.not_found")
            .Refuses(422, "limit.invalid");
        project.MapPut("/suspension", SuspendProjectAsync)
            .Declare("suspendProject", "Suspend a project: nothing comes in, nothing is changed, nothing is lost; or say anew why and until when", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "limit.not_found")
            .Refuses(409, "suspension.meanwhile")
            .Refuses(422, "limit.invalid");
        project.MapDelete("/suspension", LiftProjectAsync)
            .Declare("liftProjectSuspension", "Lift the suspension of a project: all is as it was", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "limit.not_found", "suspension.none");
    }

    private static void MapAccount(RouteGroupBuilder account)
    {
        account.MapPut("", SetAccountAsync)
            .Declare("setAccountLimits", "Set how much one account may have; what is absent goes by what all may", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "limit.not_found")
            .Refuses(422, "limit.invalid");
        account.MapPut("/suspension", SuspendAccountAsync)
            .Declare("suspendAccount", "Suspend an account: nothing opens it, nothing is lost; or say anew why and until when", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "limit.not_found")
            .Refuses(409, "suspension.meanwhile", "suspension.own")
            .Refuses(422, "limit.invalid");
        account.MapDelete("/suspension", LiftAccountAsync)
            .Declare("liftAccountSuspension", "Lift the suspension of an account: all is as it was", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "limit.not_found", "suspension.none");
    }

    private static async Task<LimitItem> GetAsync(Call call, ListUse list) => LimitItem.Of(await list.GetForAllAsync(call.Actor, call.Aborted));

    private static Task<LimitItem> SetForAllAsync(Call call, JsonBody<LimitItem> body, ChangeLimits change) => SetAsync(call, Scope.Installation, body, change);

    private static async Task<ItemList<LimitedProjectItem>> ListProjectsAsync(Call call, ListUse list, ProjectQueries projects)
    {
        var listed = await list.ListProjectsAsync(call.Actor, call.Aborted);
        var names = await NamesAsync(call, projects);
        return ItemList.Of(listed, one => LimitedProjectItem.Of(one, names));
    }

    private static async Task<LimitedProjectItem> GetProjectAsync(Call call, long id, ListUse list, ProjectQueries projects)
    {
        var found = await list.GetProjectAsync(call.Actor, new ProjectId(id), call.Aborted);
        return LimitedProjectItem.Of(found, await NamesAsync(call, projects));
    }

    private static Task<LimitItem> SetProjectAsync(Call call, long id, JsonBody<LimitItem> body, ChangeLimits change) =>
        SetAsync(call, Scope.Of(new ProjectId(id)), body, change);

    private static Task<SuspensionItem> SuspendProjectAsync(Call call, long id, JsonBody<NewSuspension> body, ChangeSuspension change) =>
        SuspendAsync(call, Scope.Of(new ProjectId(id)), body, change);

    private static Task<NoContent> LiftProjectAsync(Call call, long id, ChangeSuspension change) => LiftAsync(call, Scope.Of(new ProjectId(id)), change);

    private static async Task<ItemList<LimitedAccountItem>> ListAccountsAsync(Call call, ListUse list, AccountQueries accounts)
    {
        var listed = await list.ListAccountsAsync(call.Actor, call.Aborted);
        var names = await accounts.NamesAsync(listed.Select(one => one.Account.Value), call.Aborted);
        return ItemList.Of(
            listed,
            one => new LimitedAccountItem(
                one.Account.Value, names.GetValueOrDefault(one.Account.Value), one.Own.RequestsAMinute, SuspensionItem.Of(one.Suspension)));
    }

    private static Task<LimitItem> SetAccountAsync(Call call, long id, JsonBody<LimitItem> body, ChangeLimits change) =>
        SetAsync(call, Scope.OfAccount(new ActorId(id)), body, change);

    private static Task<SuspensionItem> SuspendAccountAsync(Call call, long id, JsonBody<NewSuspension> body, ChangeSuspension change) =>
        SuspendAsync(call, Scope.OfAccount(new ActorId(id)), body, change);

    private static Task<NoContent> LiftAccountAsync(Call call, long id, ChangeSuspension change) => LiftAsync(call, Scope.OfAccount(new ActorId(id)), change);

    private static async Task<LimitItem> SetAsync(Call call, Scope place, JsonBody<LimitItem> body, ChangeLimits change)
    {
        var wanted = await body.ReadAsync();
        return LimitItem.Of(await change.RunAsync(call.Actor, place, wanted.ToSet(), call.Aborted));
    }

    private static async Task<SuspensionItem> SuspendAsync(Call call, Scope place, JsonBody<NewSuspension> body, ChangeSuspension change)
    {
        var wanted = await body.ReadAsync();
        var made = await change.SuspendAsync(call.Actor, place, new GivenSuspension(wanted.Reason, wanted.Contact, wanted.Until), call.Aborted);
        return SuspensionItem.OfOne(made);
    }

    private static async Task<NoContent> LiftAsync(Call call, Scope place, ChangeSuspension change)
    {
        await change.LiftAsync(call.Actor, place, call.Aborted);
        return TypedResults.NoContent();
    }

    // Of those that whoever asks may see by a role of their own; to the others an operator knows the number alone.
    private static async Task<IReadOnlyDictionary<long, string>> NamesAsync(Call call, ProjectQueries projects) =>
        (await projects.ListReachedAsync(call.Actor, call.Aborted)).ToDictionary(one => one.Project.Id.Value, one => one.Project.Name);
}
