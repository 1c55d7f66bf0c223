using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Limited;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Conditions on a form's submissions, and the roles that are limited to some of them.</summary>
internal static class RowConditionsApi
{
    /// <summary>Maps <c>/row-conditions</c> and <c>/limited-roles</c> of a form below <c>/api</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var form = api.MapGroup("/projects/{projectId:long}/forms/{formId}")
            .WithTags("Row conditions")
            .Refuses(404, "form.not_found");
        form.MapGet("/row-conditions", ListAsync)
            .Declare("listRowConditions", "List the conditions that roles at this form can be limited by", Permission.ProjectAssign);
        form.MapPost("/row-conditions", CreateAsync)
            .Declare("createRowCondition", "Keep a condition on the form's submissions (docs/formats/conditions.md)", Permission.ProjectAssign)
            .Refuses(400, "row_condition.invalid", "row_condition.name_invalid")
            .Refuses(403, "answers.confidential")
            .Refuses(404, "form.not_published")
            .Refuses(409, "row_condition.too_many");
        form.MapDelete("/row-conditions/{conditionId:long}", RemoveAsync)
            .Declare("removeRowCondition", "Remove a condition that no role is limited by", Permission.ProjectAssign)
            .Refuses(404, "row_condition.not_found")
            .Refuses(409, "row_condition.in_use");
        form.MapGet("/limited-roles", ListRolesAsync)
            .Declare("listLimitedRoles", "List who holds a role for some of the form's submissions only", Permission.ProjectAssign)
            .CheckedHere();
        form.MapPost("/limited-roles", GiveRoleAsync)
            .Declare("giveLimitedRole", "Give a role for one's own submissions, or for those that a condition holds for", Permission.ProjectAssign)
            .CheckedHere()
            .Refuses(400, "role.unlimited", "role.over")
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "actor.not_found", "row_condition.not_found")
            .Refuses(409, "role.held")
            .Refuses(422, "role.unfit");
        form.MapDelete("/limited-roles/{grantId:long}", TakeRoleAsync)
            .Declare("takeLimitedRole", "Take a limited role away; it ends with the next request", Permission.ProjectAssign)
            .CheckedHere()
            .Refuses(404, "role.not_held");
    }

    private static async Task<ItemList<RowConditionDetail>> ListAsync(FormCall call, ListRowConditions list, AccountQueries accounts)
    {
        var all = await list.RunAsync(call.Actor, call.Project, call.FormId, call.Aborted);
        var names = await accounts.NamesAsync(all.Select(item => item.CreatedBy.Value).Distinct(), call.Aborted);
        return ItemList.Of(all, item => RowConditionDetail.Of(item, names));
    }

    private static async Task<Created<RowConditionDetail>> CreateAsync(
        FormCall call, JsonBody<NewRowCondition> body, CreateRowCondition create, AccountQueries accounts)
    {
        var wanted = await body.ReadAsync();
        var made = await create.RunAsync(call.Actor, call.Project, call.FormId, wanted.Name, wanted.Condition, call.Aborted);
        return TypedResults.Created(
            (string?)null, RowConditionDetail.Of(made, await accounts.NamesAsync([made.CreatedBy.Value], call.Aborted)));
    }

    private static async Task<NoContent> RemoveAsync(FormCall call, long conditionId, RemoveRowCondition remove)
    {
        await remove.RunAsync(call.Actor, call.Project, call.FormId, conditionId, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<ItemList<LimitedRoleItem>> ListRolesAsync(
        FormCall call, FormQueries forms, ListLimitedRoles list, ListRowConditions conditions)
    {
        var known = await NamesOfAsync(call, conditions);
        var form = await forms.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        return ItemList.Of(await list.RunAsync(call.Actor, call.Project, form.Id, call.Aborted), one => LimitedRoleItem.Of(one, known));
    }

    private static async Task<Created<LimitedRoleItem>> GiveRoleAsync(
        FormCall call, JsonBody<NewLimitedRole> body, FormQueries forms, GiveLimitedRole give, ListRowConditions conditions)
    {
        var known = await NamesOfAsync(call, conditions);
        var form = await forms.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        var wanted = await body.ReadAsync();
        if (wanted.ConditionId is { } condition && !known.ContainsKey(condition))
        {
            throw RowConditionProblems.NotFound(condition);
        }

        var subject = wanted switch
        {
            { SubjectKind: null or "actor", SubjectId: { } id } => Subject.Of(new ActorId(id)),
            { SubjectKind: "unit", SubjectId: { } id } => Subject.Of(new UnitId(id)),
            { SubjectKind: "everyone" } => Subject.Everyone,
            _ => throw AccountProblems.ActorUnknown(),
        };
        var limit = new RoleLimit(wanted.IsOwn ?? false, wanted.ConditionId, wanted.ExpiresAt);
        var given = await give.RunAsync(call.Actor, call.Project, form.Id, subject, wanted.Role ?? "", limit, call.Aborted);
        return TypedResults.Created((string?)null, LimitedRoleItem.Of(given, known));
    }

    private static async Task<NoContent> TakeRoleAsync(FormCall call, long grantId, FormQueries forms, TakeLimitedRole take)
    {
        var form = await forms.GetAsync(call.Project.Id, call.FormId, call.Aborted);
        await take.RunAsync(call.Actor, call.Project, form.Id, grantId, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<Dictionary<long, string>> NamesOfAsync(FormCall call, ListRowConditions conditions) =>
        (await conditions.RunAsync(call.Actor, call.Project, call.FormId, call.Aborted)).ToDictionary(item => item.Id, item => item.Name);
}
