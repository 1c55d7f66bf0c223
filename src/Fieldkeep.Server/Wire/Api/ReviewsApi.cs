using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Exports.Pages;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Editing;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>What people think of a submission, say about it and did to it.</summary>
internal static class ReviewsApi
{
    /// <summary>Maps what lies below <c>/projects/{projectId}/forms/{formId}/submissions/{instanceId}</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var submission = api.MapGroup("/projects/{projectId:long}/forms/{formId}/submissions/{instanceId}")
            .WithTags("Submissions")
            .Refuses(404, "form.not_found", "submission.not_found");
        api.MapPut("/projects/{projectId:long}/forms/{formId}/reviews", ReviewManyAsync)
            .WithTags("Submissions")
            .Declare("reviewSubmissions", "Set the review state of several submissions: of all, or of none", Permission.SubmissionUpdate)
            .Reads("partial", typeof(bool), "True to pass over those that you may not change. Default: false.")
            .Refuses(400, "submission.bad_review_state", "submission.bad_bulk", "comment.unusable", "query.not_a_flag")
            .Refuses(403, "submission.some_not_permitted")
            .Refuses(404, "form.not_found");
        submission.MapPut("/review", ReviewAsync)
            .Declare("reviewSubmission", "Set a submission's review state", Permission.SubmissionUpdate)
            .Refuses(400, "submission.bad_review_state", "comment.unusable")
            .Refuses(403, "submission.out_of_reach", "transition.four_eyes")
            .Refuses(409, "transition.invalid", "transition.outdated")
            .Refuses(422, "transition.message_needed");
        submission.MapPost("/revert", RevertAsync)
            .Declare("revertSubmission", "Bring a submission back to an earlier version, as its next one", Permission.SubmissionUpdate)
            .Refuses(400, "submission.version_missing", "comment.unusable")
            .Refuses(403, "submission.out_of_reach", "transition.four_eyes")
            .Refuses(404, "submission.no_such_version", "form.no_such_version")
            .Refuses(
                409,
                "submission.is_current",
                "submission.outdated",
                "submission.cannot_revert_encrypted",
                "form.not_accepting",
                "transition.invalid")
            .Refuses(500, "submission.damaged")
            .Refuses(503, "storage.full", "submission.try_again", "submission.waits", "submission.unsure");
        submission.MapGet("/comments", ListCommentsAsync)
            .Declare("listComments", "List the comments on a submission, newest first", Permission.SubmissionRead);
        submission.MapPost("/comments", AddCommentAsync)
            .Declare("addComment", "Comment on a submission", Permission.SubmissionRead)
            .Refuses(400, "comment.empty", "comment.unusable")
            .Refuses(409, "comment.too_many");
        submission.MapGet("/history", ListHistoryAsync)
            .Declare("listSubmissionHistory", "Tell what happened to a submission, newest first", Permission.SubmissionRead);
        submission.MapGet("/changes", ListChangesAsync)
            .Declare("listSubmissionChanges", "Tell which answers each version of a submission changed", Permission.SubmissionRead)
            .Refuses(413, "submission.too_large_to_compare")
            .Refuses(500, "submission.damaged");
    }

    private static async Task<ReviewItem> ReviewAsync(FormCall call, string instanceId, JsonBody<NewReview> body, ReviewSubmission review)
    {
        var wanted = await body.ReadAsync();
        var notes = NotesOf(wanted.Notes);
        var row = await review.RunAsync(
            call.Actor, call.Project, call.FormId, instanceId, wanted.ReviewState, notes, call.Aborted);
        return new ReviewItem(row.ReviewState, row.UpdatedAt);
    }

    private static async Task<RevertedItem> RevertAsync(FormCall call, string instanceId, JsonBody<NewRevert> body, RevertSubmission revert)
    {
        var wanted = await body.ReadAsync();
        if (string.IsNullOrWhiteSpace(wanted.VersionId) || string.IsNullOrWhiteSpace(wanted.Current))
        {
            throw SubmissionReadProblems.VersionMissing();
        }

        var place = PlaceOf(call, instanceId) with { VersionId = wanted.VersionId };
        return new RevertedItem(
            await revert.RunAsync(call.Actor, call.Project, place, wanted.Current, NotesOf(wanted.Notes), call.Aborted));
    }

    private static async Task<BulkOutcome> ReviewManyAsync(FormCall call, JsonBody<NewReviews> body, ReviewSubmissions review)
    {
        var wanted = await body.ReadAsync();
        var isPartial = Flags.Of(call.Http, "partial", otherwise: false);
        var bulk = new BulkReview(wanted.InstanceIds ?? [], wanted.ReviewState, NotesOf(wanted.Notes));
        return await review.RunAsync(call.Actor, call.Project, call.FormId, bulk, isPartial, call.Aborted);
    }

    /// <summary>Gives what a person remarked, without white space around it; null when nothing.</summary>
    /// <exception cref="ProblemException"><c>comment.unusable</c>.</exception>
    public static string? NotesOf(string? written)
    {
        var notes = string.IsNullOrWhiteSpace(written) ? null : written.Trim();
        return notes?.Length > SubmissionComments.MostCharacters
            ? throw SubmissionReadProblems.CommentUnusable(SubmissionComments.MostCharacters)
            : notes;
    }

    private static async Task<ItemList<CommentItem>> ListCommentsAsync(
        FormCall call, string instanceId, ListComments list, AccountQueries accounts)
    {
        var comments = await list.RunAsync(call.Actor, call.Project, PlaceOf(call, instanceId), call.Aborted);
        var names = await accounts.NamesAsync([.. comments.Select(comment => comment.Author.Value)], call.Aborted);
        return ItemList.Of(comments, comment => CommentItem.Of(comment, names));
    }

    private static async Task<CommentItem> AddCommentAsync(
        FormCall call, string instanceId, JsonBody<NewComment> body, AddComment add, AccountQueries accounts)
    {
        var wanted = await body.ReadAsync();
        var comment = await add.RunAsync(call.Actor, call.Project, PlaceOf(call, instanceId), wanted.Body, call.Aborted);
        return CommentItem.Of(comment, await accounts.NamesAsync([comment.Author.Value], call.Aborted));
    }

    private static async Task<ItemList<HistoryItem>> ListHistoryAsync(
        FormCall call, string instanceId, ListSubmissionHistory history, AccountQueries accounts)
    {
        var entries = await history.RunAsync(call.Actor, call.Project, PlaceOf(call, instanceId), call.Aborted);
        var names = await accounts.NamesAsync([.. entries.Select(entry => entry.Actor.Value)], call.Aborted);
        return ItemList.Of(entries, entry => HistoryItem.Of(entry, names));
    }

    private static async Task<ItemList<VersionChangesItem>> ListChangesAsync(
        FormCall call,
        string instanceId,
        [Description("The language of labels, as `languages` of the columns has it. Default: the form's own.")] string? language,
        ReadChanges changes) =>
        ItemList.Of(
            await changes.RunAsync(call.Actor, call.Project, PlaceOf(call, instanceId), language, call.Aborted),
            version => new VersionChangesItem(
                version.VersionId,
                [.. version.Changes.Select(change => new ChangeItem(change.Path, change.Within, change.Label, change.Old, change.New))]));

    private static SubmissionPlace PlaceOf(FormCall call, string instanceId) => new(call.FormId, call.IsDraft, instanceId);
}

/// <summary>What a reviewer decides.</summary>
/// <param name="ReviewState"><c>approved</c>, <c>hasIssues</c>, <c>rejected</c>, <c>edited</c>, or null to take the review back.</param>
/// <param name="Notes">Why, for the history; at most 10,000 characters. Absent for none.</param>
internal sealed record NewReview(string? ReviewState, string? Notes);

/// <summary>A version to go back to.</summary>
/// <param name="VersionId">The instance id of the version whose answers and files are wanted.</param>
/// <param name="Current">The instance id of the version that you took for the current one: with a newer one nothing is changed.</param>
/// <param name="Notes">Why, for the history; at most 10,000 characters. Absent for none.</param>
internal sealed record NewRevert([property: Required] string? VersionId, [property: Required] string? Current, string? Notes);

/// <summary>What became of it.</summary>
/// <param name="VersionId">The instance id of the new version.</param>
internal sealed record RevertedItem(string VersionId);

/// <summary>A review of several submissions.</summary>
/// <param name="InstanceIds">Which; 1 to 1,000.</param>
/// <param name="ReviewState">hasIssues, edited, approved or rejected; null to take back what was said.</param>
/// <param name="Notes">What to remark, kept in the history of each; null when nothing.</param>
internal sealed record NewReviews([property: Required] IReadOnlyList<string>? InstanceIds, string? ReviewState, string? Notes);

/// <summary>What a submission's review says.</summary>
/// <param name="ReviewState">Null when nobody looked yet.</param>
/// <param name="UpdatedAt">When it was reviewed or edited last.</param>
internal sealed record ReviewItem(string? ReviewState, DateTimeOffset? UpdatedAt);

/// <summary>A comment to add.</summary>
/// <param name="Body">Its text, 1 to 10,000 characters.</param>
internal sealed record NewComment(string? Body);

/// <summary>A comment on a submission.</summary>
internal sealed record CommentItem(string Body, PersonItem Author, DateTimeOffset CreatedAt)
{
    /// <summary>Shows a comment.</summary>
    public static CommentItem Of(SubmissionComment comment, IReadOnlyDictionary<long, string> names) => new(
        comment.Body,
        new PersonItem(comment.Author.Value, names.GetValueOrDefault(comment.Author.Value, "")),
        comment.CreatedAt);
}

/// <summary>One thing that happened to a submission.</summary>
/// <param name="Action"><c>sent</c> for a version, <c>reviewed</c>, <c>file_changed</c>, <c>moved</c> along the stages, <c>trashed</c> or <c>restored</c>.</param>
/// <param name="Version">The version it brought, from 1; null for everything else.</param>
/// <param name="VersionId">The instance id of that version.</param>
/// <param name="Detail">The new review state, the name of the file, the event and where it led, or the number of the version that was brought back.</param>
/// <param name="Notes">What the person remarked.</param>
internal sealed record HistoryItem(
    string Action, int? Version, string? VersionId, PersonItem Actor, DateTimeOffset At, string? Detail, string? Notes)
{
    /// <summary>Shows an entry of a submission's history.</summary>
    public static HistoryItem Of(SubmissionHistoryEntry entry, IReadOnlyDictionary<long, string> names) => new(
        entry.Action,
        entry.Version,
        entry.VersionId,
        new PersonItem(entry.Actor.Value, names.GetValueOrDefault(entry.Actor.Value, "")),
        entry.At,
        entry.Detail,
        entry.Notes);
}

/// <summary>What one version of a submission changed.</summary>
/// <param name="VersionId">The instance id of the version.</param>
internal sealed record VersionChangesItem(string VersionId, IReadOnlyList<ChangeItem> Changes);

/// <summary>One answer that is not what it was.</summary>
/// <param name="Path">The way to it, rows of repeats numbered from 1, such as <c>/person[2]/age</c>.</param>
/// <param name="Within">The labels of the groups and repeats around it, outermost first, rows numbered.</param>
/// <param name="Label">The question.</param>
/// <param name="Old">The answer before, choices in words; null when there was none.</param>
/// <param name="New">The answer now; null when there is none.</param>
internal sealed record ChangeItem(string Path, IReadOnlyList<string> Within, string Label, string? Old, string? New);
