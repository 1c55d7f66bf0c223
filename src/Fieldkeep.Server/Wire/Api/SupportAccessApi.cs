using System.ComponentModel;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.SupportAccess;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/support-access</c> and <c>/api/break-glass</c>: operators who read data, because its owner or an emergency lets them.</summary>
internal static class SupportAccessApi
{
    private static readonly string[] WishProblems = ["support.length", "support.operator_unfit", "support.place", "support.reason", "support.ticket"];

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var support = api.MapGroup("/support-access").WithTags("Support access");
        support.MapGet("", ListAsync).Declare("listSupportAccess", "List the support access that you may see, give or use, newest first");
        support.MapPost("", GiveAsync)
            .Declare("giveSupportAccess", "Let an operator of the server read a project or organisation of yours, for a time")
            .Refuses(403, "access.denied", "session.confirmation_needed", "support.self")
            .Refuses(404, "access.not_found")
            .Refuses(409, "support.held", "support.no_owner")
            .Refuses(422, WishProblems);
        support.MapGet("/operators", OperatorsAsync)
            .Declare("listSupportOperators", "List who can be given support access: operators with a second factor");
        support.MapPost("/requests", AskAsync)
            .Declare("askSupportAccess", "Ask the owners of a project or organisation for support access", Permission.SupportAsk)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "access.not_found")
            .Refuses(422, WishProblems);
        support.MapGet("/{id:long}", GetAsync)
            .Declare("getSupportAccess", "Read one support access, with what was done under it")
            .Refuses(404, "support.not_found");
        support.MapDelete("/{id:long}", EndAsync)
            .Declare("endSupportAccess", "End support access at once: its operator, or whoever answers for the data")
            .Refuses(403, "support.read_only")
            .Refuses(404, "support.not_found")
            .Refuses(409, "support.over");
        MapAnswers(support);

        var breakGlass = api.MapGroup("/break-glass").WithTags("Support access");
        breakGlass.MapGet("", ReportAsync)
            .Declare("listBreakGlass", "Report the emergencies of a month in which operators read data you answer for")
            .Refuses(400, "support.month")
            .Refuses(403, "access.denied");
        breakGlass.MapPost("", AskBreakGlassAsync)
            .Declare("askBreakGlass", "Ask another operator to let you read data in an emergency, for an hour at most", Permission.SupportAsk)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "access.not_found")
            .Refuses(422, "support.length", "support.operator_unfit", "support.place", "support.reason");
    }

    private static void MapAnswers(RouteGroupBuilder group)
    {
        group.MapPost("/{id:long}/approval", ApproveAsync)
            .Declare("approveSupportAccess", "Let the operator in who asked: an owner, or in an emergency another operator; the owners are written to")
            .Refuses(403, "access.denied", "session.confirmation_needed", "support.self")
            .Refuses(404, "support.not_found")
            .Refuses(409, "support.decided", "support.held", "support.no_owner")
            .Refuses(422, "support.length", "support.more_than_asked", "support.operator_unfit");
        group.MapPost("/{id:long}/refusal", DeclineAsync)
            .Declare("declineSupportAccess", "Say no to who asked, or take your own question back")
            .Refuses(404, "support.not_found")
            .Refuses(409, "support.decided");
    }

    private static async Task<ItemList<SupportCaseItem>> ListAsync(
        Call call, [Description("The `id` of the last one of the page before.")] long? before, CaseQueries cases, AccountQueries accounts) =>
        await SupportCaseItem.OfAsync(await cases.ListAsync(call.Actor, before, call.Aborted), accounts, call.Aborted);

    private static async Task<SupportCaseItem> GetAsync(Call call, long id, CaseQueries cases, AccountQueries accounts) =>
        (await SupportCaseItem.OfAsync([await cases.GetAsync(call.Actor, id, call.Aborted)], accounts, call.Aborted)).Items[0];

    private static async Task<ItemList<PersonItem>> OperatorsAsync(Call call, CaseSight sight, SupportOperators operators)
    {
        if (await sight.OwnedAsync(call.Actor, call.Aborted) is { IsEverywhere: false, Projects: [], Units: [] })
        {
            return new ItemList<PersonItem>([]);
        }

        return ItemList.Of(await operators.ListAsync(call.Aborted), person => new PersonItem(person.Id.Value, person.DisplayName));
    }

    private static async Task<Created<SupportCaseItem>> GiveAsync(
        Call call, JsonBody<NewSupportAccess> body, GiveSupport give, CaseQueries cases, AccountQueries accounts)
    {
        var wanted = await body.ReadAsync();
        var given = await give.RunAsync(
            call.Actor,
            new ActorId(wanted.Operator),
            new SupportWish(PlaceOf(wanted.Place), wanted.Export, HoursOf(wanted.Hours), wanted.Ticket, wanted.Reason ?? ""),
            call.Aborted);
        return TypedResults.Created((string?)null, await GetAsync(call, given.Id, cases, accounts));
    }

    private static async Task<Created<SupportCaseItem>> AskAsync(
        Call call, JsonBody<NewSupportRequest> body, CaseSight sight, AskSupport ask, CaseQueries cases, AccountQueries accounts)
    {
        await sight.RequireOperatorAsync(call.Actor, call.Aborted);
        var wanted = await body.ReadAsync();
        var wish = new SupportWish(PlaceOf(wanted.Place), wanted.Export, HoursOf(wanted.Hours), wanted.Ticket, wanted.Reason ?? "");
        var asked = await ask.RunAsync(call.Actor, CaseKind.Support, wish, call.Aborted);
        return TypedResults.Created((string?)null, await GetAsync(call, asked.Id, cases, accounts));
    }

    private static async Task<Created<SupportCaseItem>> AskBreakGlassAsync(
        Call call, JsonBody<NewBreakGlass> body, CaseSight sight, AskSupport ask, CaseQueries cases, AccountQueries accounts)
    {
        await sight.RequireOperatorAsync(call.Actor, call.Aborted);
        var wanted = await body.ReadAsync();
        var length = TimeSpan.FromMinutes(Math.Clamp(wanted.Minutes, 0, 1_000_000));
        var wish = new SupportWish(PlaceOf(wanted.Place), false, length, null, wanted.Reason ?? "");
        var asked = await ask.RunAsync(call.Actor, CaseKind.BreakGlass, wish, call.Aborted);
        return TypedResults.Created((string?)null, await GetAsync(call, asked.Id, cases, accounts));
    }

    private static async Task<SupportCaseItem> ApproveAsync(
        Call call, long id, JsonBody<SupportApproval> body, AnswerCase answer, CaseQueries cases, AccountQueries accounts)
    {
        var terms = await body.ReadAsync();
        var length = terms.Hours is { } hours ? HoursOf(hours) : (TimeSpan?)null;
        await answer.ApproveAsync(call.Actor, id, length, terms.Export, call.Aborted);
        return await GetAsync(call, id, cases, accounts);
    }

    private static async Task<NoContent> DeclineAsync(Call call, long id, AnswerCase answer)
    {
        await answer.DeclineAsync(call.Actor, id, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> EndAsync(Call call, long id, EndCase end)
    {
        await end.RunAsync(call.Actor, id, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<ItemList<SupportCaseItem>> ReportAsync(
        Call call, [Description("The month in UTC, such as `2026-11`.")] string? month, CaseQueries cases, AccountQueries accounts) =>
        await SupportCaseItem.OfAsync(await cases.ReportAsync(call.Actor, month ?? "", call.Aborted), accounts, call.Aborted);

    private static Scope PlaceOf(SupportPlaceBody? place) => place switch
    {
        { Kind: "project", Id: > 0 and var id } => Scope.Of(new ProjectId(id)),
        { Kind: "unit", Id: > 0 and var id } => Scope.Of(new UnitId(id)),
        _ => throw SupportProblems.Place(),
    };

    private static TimeSpan HoursOf(int hours) => TimeSpan.FromHours(Math.Clamp(hours, 0, 100_000));
}
