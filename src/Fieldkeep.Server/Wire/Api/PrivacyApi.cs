using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Forms.Privacy;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>What the privacy check finds in a form, and what its authors answer.</summary>
internal static class PrivacyApi
{
    /// <summary>Maps <c>/privacy</c> of a form and of its draft below <c>/api</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var form = api.MapGroup("/projects/{projectId:long}/forms/{formId}").WithTags("Privacy").Refuses(404, "form.not_found");
        form.MapGet("/draft/privacy", ReadDraftAsync)
            .Declare("getDraftPrivacy", "Check a draft for questions that identify people or can harm them", Permission.FormWrite)
            .Refuses(404, "form.no_draft");
        form.MapGet("/privacy", ReadCurrentAsync)
            .Declare("getFormPrivacy", "Check the current version of a form for questions that identify people or can harm them", Permission.FormWrite)
            .Refuses(404, "form.not_published");
        form.MapPut("/privacy/decisions", DecideAsync)
            .Declare("decideFormPrivacy", "Keep a reason to leave a finding as it is; later versions keep it for the same question", Permission.FormWrite)
            .Refuses(400, "privacy.reason_invalid")
            .Refuses(404, "privacy.no_such_finding");
        form.MapDelete("/privacy/decisions", WithdrawAsync)
            .Declare("withdrawFormPrivacyDecision", "Take a reason back", Permission.FormWrite)
            .Refuses(404, "privacy.no_such_finding");
    }

    private static Task<PrivacyItem> ReadDraftAsync(FormCall call, ReadPrivacy read, AccountQueries accounts) =>
        ReadAsync(call, read, accounts, isDraft: true);

    private static Task<PrivacyItem> ReadCurrentAsync(FormCall call, ReadPrivacy read, AccountQueries accounts) =>
        ReadAsync(call, read, accounts, isDraft: false);

    private static async Task<PrivacyItem> ReadAsync(FormCall call, ReadPrivacy read, AccountQueries accounts, bool isDraft)
    {
        var view = await read.RunAsync(call.Actor, call.Project, call.FormId, isDraft, call.Aborted);
        var names = await accounts.NamesAsync(view.Decisions.Values.Select(one => one.DecidedBy.Value).Distinct(), call.Aborted);
        return PrivacyItem.Of(view, names);
    }

    private static async Task<PrivacyDecisionItem> DecideAsync(
        FormCall call, JsonBody<NewPrivacyDecisionItem> body, DecidePrivacy decide, AccountQueries accounts)
    {
        var wanted = await body.ReadAsync();
        var made = await decide.RunAsync(call.Actor, call.Project, call.FormId, wanted.About, wanted.Because, call.Aborted);
        return PrivacyDecisionItem.Of(made, made.Found, await accounts.NamesAsync([made.DecidedBy.Value], call.Aborted));
    }

    private static async Task<NoContent> WithdrawAsync(FormCall call, [FromQuery] string? about, DecidePrivacy decide)
    {
        await decide.WithdrawAsync(call.Actor, call.Project, call.FormId, about, call.Aborted);
        return TypedResults.NoContent();
    }
}
