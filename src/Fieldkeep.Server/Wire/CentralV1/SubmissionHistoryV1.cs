using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>What people said about a submission and what happened to it, in ODK Central's shapes.</summary>
internal static class SubmissionHistoryV1
{
    /// <summary>Maps what lies below <c>/projects/{projectId}/forms/{formId}</c>.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var form = v1.MapGroup("/projects/{projectId:long}/forms/{formId}").WithTags("Submissions").Refuses(404, "form.not_found");
        var submission = form.MapGroup("/submissions/{instanceId}").Refuses(404, "submission.not_found");
        submission.MapGet("/comments", ListCommentsAsync)
            .Declare("listComments", "List the comments on a submission, newest first", Permission.SubmissionRead);
        submission.MapPost("/comments", AddCommentAsync)
            .Declare("addComment", "Comment on a submission", Permission.SubmissionRead)
            .Refuses(400, "comment.empty", "comment.unusable")
            .Refuses(409, "comment.too_many");
        MapAudits(form);
        MapAudits(form.MapGroup("/draft").WithTags("Drafts").MeansDraft());
    }

    private static void MapAudits(RouteGroupBuilder form) =>
        form.MapGet("/submissions/{instanceId}/audits", ListAuditsAsync)
            .Declare("listSubmissionAudits", "Tell what happened to a submission, newest first", Permission.SubmissionRead)
            .Refuses(404, "submission.not_found");

    private static async Task<IEnumerable<CommentV1>> ListCommentsAsync(
        FormCall call, string instanceId, CentralQuery query, ListComments list, AccountQueries accounts)
    {
        var comments = await list.RunAsync(call.Actor, call.Project, PlaceOf(call, instanceId), call.Aborted);
        var actors = await accounts.ActorsAsync(comments.Select(comment => comment.Author.Value), call.Aborted);
        return comments.Select(comment => Of(comment, query, actors));
    }

    private static async Task<CommentV1> AddCommentAsync(
        FormCall call, string instanceId, CentralQuery query, JsonBody<NewCommentV1> body, AddComment add, AccountQueries accounts)
    {
        var wanted = await body.ReadAsync();
        var comment = await add.RunAsync(call.Actor, call.Project, PlaceOf(call, instanceId), wanted.Body, call.Aborted);
        return Of(comment, query, await accounts.ActorsAsync([comment.Author.Value], call.Aborted));
    }

    private static async Task<IEnumerable<SubmissionAuditV1>> ListAuditsAsync(
        FormCall call,
        string instanceId,
        CentralQuery query,
        CentralPage page,
        ListSubmissionHistory history,
        AccountQueries accounts,
        FormQueries forms)
    {
        var entries = page.Of(await history.RunAsync(call.Actor, call.Project, PlaceOf(call, instanceId), call.Aborted));
        var actors = await accounts.ActorsAsync(entries.Select(entry => entry.Actor.Value), call.Aborted);
        var actee = query.IsExtended ? FormV1.Of(await forms.GetAsync(call.Project.Id, call.FormId, call.Aborted)) : null;
        return entries.Select(entry => SubmissionAuditV1.Of(entry, instanceId) with
        {
            IsExtended = query.IsExtended,
            Actor = ActorDetailV1.Of(actors.GetValueOrDefault(entry.Actor.Value)),
            Actee = actee,
        });
    }

    private static CommentV1 Of(
        SubmissionComment comment, CentralQuery query, IReadOnlyDictionary<long, KnownActor> actors) =>
        new(comment.Body, comment.Author.Value, comment.CreatedAt)
        {
            IsExtended = query.IsExtended,
            Actor = ActorDetailV1.Of(actors.GetValueOrDefault(comment.Author.Value)),
        };

    private static SubmissionPlace PlaceOf(FormCall call, string instanceId) => new(call.FormId, call.IsDraft, instanceId);
}
