using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Editing;
using Fieldkeep.Server.Submissions.Holding;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Submissions on their way into the trash and out of it. What lies there is deleted for good when its days are over.</summary>
internal static class SubmissionTrashApi
{
    private const int RowsAtOnce = 100;

    private const int MostRows = 500;

    /// <summary>Maps what lies below <c>/projects/{projectId}/forms/{formId}</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var form = api.MapGroup("/projects/{projectId:long}/forms/{formId}").WithTags("Submissions").Refuses(404, "form.not_found");
        form.MapGet("/trash", ListAsync)
            .Declare("listTrashedSubmissions", "List the submissions of a form that are in the trash, newest first", Permission.SubmissionDelete)
            .Refuses(400, "cursor.unreadable", "query.bad_limit");
        form.MapPost("/submissions/{instanceId}/trash", TrashAsync)
            .Declare("trashSubmission", "Move a submission to the trash", Permission.SubmissionDelete)
            .Refuses(400, "comment.unusable")
            .Refuses(404, "submission.not_found");
        form.MapPost("/submissions/{instanceId}/restore", RestoreAsync)
            .Declare("restoreSubmission", "Bring a submission back from the trash, as it was", Permission.SubmissionDelete)
            .Refuses(400, "comment.unusable")
            .Refuses(404, "submission.not_in_trash");
    }

    private static async Task<TrashPage> ListAsync(
        FormCall call,
        [Description("The `next` of the page before.")] string? after,
        [Description("Rows at most. Default: 100."), Range(1, MostRows)] int? limit,
        FindSubmissions find,
        SubmissionQueries submissions,
        KeptProjects kept,
        Holds holds,
        AccountQueries accounts)
    {
        var wanted = limit is > MostRows ? throw SubmissionReadProblems.BadLimit(MostRows) : limit ?? RowsAtOnce;
        var set = await find.RunAsync(call.Actor, Permission.SubmissionDelete, call.Project, call.FormId, isDraft: false, call.Aborted);
        var page = await submissions.ListTrashAsync(set, SubmissionCursor.Parse(after), wanted, call.Aborted);
        var names = await accounts.NamesAsync([.. page.Items.Select(row => row.SubmitterId.Value)], call.Aborted);
        var days = (await kept.FindAsync(call.Project.Id, call.Aborted))?.TrashDays ?? 0;
        var held = await holds.FindHeldAsync(call.Project.Id, call.Aborted);
        return new TrashPage(
            [
                .. page.Items.Select(row => new TrashedItem(
                    row.InstanceId,
                    row.CreatedAt,
                    new PersonItem(row.SubmitterId.Value, names.GetValueOrDefault(row.SubmitterId.Value, "")),
                    row.DeletedAt,
                    held(row.Id) ? null : row.DeletedAt?.AddDays(days),
                    held(row.Id))),
            ],
            page.Next);
    }

    private static async Task<NoContent> TrashAsync(FormCall call, string instanceId, JsonBody<NewTrashing> body, TrashSubmission trash)
    {
        var notes = ReviewsApi.NotesOf((await body.ReadAsync()).Notes);
        await trash.RunAsync(call.Actor, call.Project, new SubmissionPlace(call.FormId, IsDraft: false, instanceId), notes, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> RestoreAsync(FormCall call, string instanceId, JsonBody<NewTrashing> body, RestoreSubmission restore)
    {
        var notes = ReviewsApi.NotesOf((await body.ReadAsync()).Notes);
        await restore.RunAsync(call.Actor, call.Project, new SubmissionPlace(call.FormId, IsDraft: false, instanceId), notes, call.Aborted);
        return TypedResults.NoContent();
    }
}

/// <summary>Why a submission goes to the trash, or comes back.</summary>
/// <param name="Notes">For the history; at most 10,000 characters. Absent for none.</param>
internal sealed record NewTrashing(string? Notes);

/// <summary>A page of submissions in the trash.</summary>
/// <param name="Next">What to send as <c>after</c> for older ones; null when there are none.</param>
internal sealed record TrashPage(IReadOnlyList<TrashedItem> Items, string? Next);

/// <summary>A submission in the trash.</summary>
/// <param name="DeletedAt">When it was moved there.</param>
/// <param name="PurgedAt">When it is deleted for good; null while it is on hold.</param>
/// <param name="IsHeld">Whether a legal hold keeps it.</param>
internal sealed record TrashedItem(
    string InstanceId, DateTimeOffset SubmittedAt, PersonItem Submitter, DateTimeOffset? DeletedAt, DateTimeOffset? PurgedAt, bool IsHeld);
