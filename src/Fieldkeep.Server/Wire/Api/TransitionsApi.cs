using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Stages;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Where submissions of deployments stand, what moves them on, and what waits for whom.</summary>
internal static class TransitionsApi
{
    // 5,000 submissions, a name and a version each.
    private const int MostBytes = 1024 * 1024;

    private static readonly string[] Unprocessable =
    [
        "transition.message_needed", "transition.message_too_long", "transition.unknown_event", "transition.version_needed",
    ];

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/inbox", FindInboxAsync)
            .WithTags("Deployments")
            .Declare("getInbox", "Tell what waits for whoever asks: to approve, and to correct");
        var submissions = api.MapGroup("/projects/{projectId:long}/forms/{formId}/submissions")
            .WithTags("Deployments")
            .Refuses(404, "form.not_found");
        submissions.MapPost("/transitions", MoveManyAsync)
            .Declare("moveSubmissions", "Approve, reject or move many submissions of a deployment, each whole or not at all", Permission.SubmissionUpdate)
            .CheckedHere()
            .Refuses(422, [.. Unprocessable, "transition.too_many"]);
        var one = submissions.MapGroup("/{instanceId}").Refuses(404, "submission.not_found");
        one.MapGet("/standing", FindStandingAsync)
            .Declare("getStanding", "Tell where a submission stands in its deployment", Permission.SubmissionRead);
        one.MapPost("/transitions", MoveAsync)
            .Declare("moveSubmission", "Approve, reject or move a submission of a deployment", Permission.SubmissionUpdate)
            .CheckedHere()
            .Refuses(404, "submission.not_in_trash")
            .Refuses(403, "transition.four_eyes")
            .Refuses(409, "transition.invalid", "transition.not_deployed", "transition.outdated")
            .Refuses(422, [.. Unprocessable, "transition.stage_needed"]);
    }

    private static async Task<InboxItem> FindInboxAsync(Call call, FindInbox find)
    {
        var inbox = await find.RunAsync(call.Actor, call.Aborted);
        return new InboxItem(
            [.. inbox.ToApprove.Select(InboxLineItem.Of)],
            [.. inbox.ToCorrect.Select(InboxLineItem.Of)],
            inbox.ToApprove.Concat(inbox.ToCorrect).Sum(line => line.Submissions));
    }

    private static async Task<StandingItem> FindStandingAsync(FormCall call, string instanceId, FindStanding find, AccountQueries accounts)
    {
        if (await find.RunAsync(call.Actor, call.Project, call.FormId, instanceId, call.Aborted) is not { } seen)
        {
            return StandingItem.None;
        }

        var names = await accounts.NamesAsync([.. seen.At.Given.Select(given => given.ActorId.Value).Distinct()], call.Aborted);
        return StandingItem.Of(seen, names);
    }

    private static async Task<MovedItem> MoveAsync(
        FormCall call, string instanceId, JsonBody<TransitionBody> body, MoveSubmission move)
    {
        var wanted = (await body.ReadAsync()).Read();
        var at = (await move.RunAsync(call.Actor, call.Project, call.FormId, instanceId, wanted, call.Aborted)).Standing;
        return new MovedItem(StageProblems.NameOf(at.State), at.Stage?.Value, at.Version);
    }

    private static async Task<ItemList<TransitionReport>> MoveManyAsync(
        FormCall call, JsonBody<TransitionsBody> body, MoveSubmissions move)
    {
        var wanted = await body.ReadAsync(MostBytes);
        var items = (wanted.Items ?? []).Select(item => new WantedMove(
            item.InstanceId ?? "", item.Version, item.StageId is { } stage ? new StageId(stage) : null));
        return ItemList.Of(
            await move.RunAsync(call.Actor, call.Project, call.FormId, wanted.Read(), [.. items], call.Aborted), TransitionReport.Of);
    }
}

/// <summary>Where a submission stands after it was moved.</summary>
/// <param name="State">As in <c>standing</c>.</param>
/// <param name="StageId">The stage it waits at.</param>
internal sealed record MovedItem(string State, long? StageId, int Version);
