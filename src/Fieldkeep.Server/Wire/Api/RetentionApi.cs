using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Lifecycle.Retention;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Rules by which a project takes away what it has kept for long enough, what they would touch, and what they did.</summary>
internal static class RetentionApi
{
    /// <summary>Maps <c>/projects/{projectId}/retention-rules</c> and <c>/retention-runs</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var rules = api.MapGroup("/projects/{projectId:long}/retention-rules").WithTags("Keeping and deleting");
        rules.MapGet("", ListAsync)
            .Declare("listRetentionRules", "List the retention rules of a project, those that wait for their notice to be over too", Permission.ProjectRead);
        rules.MapPost("", AddAsync)
            .Declare("addRetentionRule", "Add a retention rule; it acts after seven days' notice", Permission.SubmissionErase)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "form.not_found")
            .Refuses(409, "retention.same", "retention.too_many")
            .Refuses(422, "retention.kind", "retention.days");
        rules.MapPost("/preview", PreviewAsync)
            .Declare("previewRetention", "Count what retention rules would touch if they acted now; changes nothing", Permission.SubmissionErase)
            .Refuses(404, "form.not_found")
            .Refuses(409, "retention.too_many")
            .Refuses(422, "retention.kind", "retention.days");
        rules.MapPut("/{ruleId:long}", ChangeAsync)
            .Declare("changeRetentionRule", "Change the days of a retention rule; fewer count after seven days' notice", Permission.SubmissionErase)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "retention.not_found")
            .Refuses(409, "retention.outdated")
            .Refuses(422, "retention.days");
        rules.MapPost("/{ruleId:long}/end", EndAsync)
            .Declare("endRetentionRule", "Take a retention rule back; what it did stays done", Permission.SubmissionErase)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(404, "retention.not_found")
            .Refuses(409, "retention.outdated");
        api.MapGet("/projects/{projectId:long}/retention-runs", ListRunsAsync)
            .WithTags("Keeping and deleting")
            .Declare("listRetentionRuns", "List what retention rules did: counts, never whose it was", Permission.SubmissionErase);
    }

    private static async Task<ItemList<RetentionRuleItem>> ListAsync(ProjectCall call, ListRetention list, AccountQueries accounts, TimeProvider clock)
    {
        var all = await list.RunAsync(call.Actor, call.Project.Id, call.Aborted);
        var names = await accounts.NamesAsync(all.Select(one => one.Rule.SetBy.Value).Distinct(), call.Aborted);
        return ItemList.Of(all, one => RetentionRuleItem.Of(one.Rule, one.XmlFormId, names, clock.GetUtcNow()));
    }

    private static async Task<Created<RetentionRuleItem>> AddAsync(
        ProjectCall call, JsonBody<NewRetentionRule> body, AddRetentionRule add, AccountQueries accounts, TimeProvider clock)
    {
        var wanted = (await body.ReadAsync()).ToWanted();
        var rule = await add.RunAsync(call.Actor, call.Project, wanted, call.Aborted);
        var names = await accounts.NamesAsync([rule.SetBy.Value], call.Aborted);
        return TypedResults.Created((string?)null, RetentionRuleItem.Of(rule, wanted.XmlFormId, names, clock.GetUtcNow()));
    }

    private static async Task<ItemList<RetentionPreviewItem>> PreviewAsync(ProjectCall call, JsonBody<RetentionPreviewed> body, PreviewRetention preview)
    {
        var wanted = ((await body.ReadAsync()).Rules ?? []).Select(rule => rule?.ToWanted() ?? throw RetentionProblems.Kind()).ToList();
        return ItemList.Of(await preview.RunAsync(call.Actor, call.Project, wanted, call.Aborted), RetentionPreviewItem.Of);
    }

    private static async Task<RetentionRuleItem> ChangeAsync(
        ProjectCall call,
        long ruleId,
        JsonBody<ChangedRetentionRule> body,
        ChangeRetentionRule change,
        FormCatalogue forms,
        AccountQueries accounts,
        TimeProvider clock)
    {
        var wanted = await body.ReadAsync();
        var rule = await change.RunAsync(call.Actor, call.Project, ruleId, wanted.Days, wanted.Version, call.Aborted);
        var form = rule.FormId is { } limited ? await forms.FindNameAsync(call.Project.Id, limited, call.Aborted) ?? "" : null;
        return RetentionRuleItem.Of(rule, form, await accounts.NamesAsync([rule.SetBy.Value], call.Aborted), clock.GetUtcNow());
    }

    private static async Task<NoContent> EndAsync(ProjectCall call, long ruleId, JsonBody<EndedRetentionRule> body, EndRetentionRule end)
    {
        await end.RunAsync(call.Actor, call.Project, ruleId, (await body.ReadAsync()).Version, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<ItemList<RetentionRunItem>> ListRunsAsync(ProjectCall call, ListRetentionRuns list, FormCatalogue forms)
    {
        var items = new List<RetentionRunItem>();
        foreach (var run in await list.RunAsync(call.Actor, call.Project.Id, call.Aborted))
        {
            items.Add(RetentionRunItem.Of(run, run.RuleForm is { } form ? await forms.FindNameAsync(call.Project.Id, form, call.Aborted) ?? "" : null));
        }

        return ItemList.Of(items, item => item);
    }
}
