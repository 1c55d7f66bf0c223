using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Pages;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Files;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Submissions for the web interface: the table's columns and rows, one record, its files.</summary>
internal static class SubmissionsApi
{
    private const int RowsAtOnce = 100;

    // A filter, and the paths of a thousand columns.
    private const int MostSearchBytes = 256 * 1024;

    /// <summary>Maps what lies below <c>/projects/{projectId}/forms/{formId}</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var form = api.MapGroup("/projects/{projectId:long}/forms/{formId}")
            .WithTags("Submissions")
            .MayMeanDraft()
            .Refuses(404, "form.not_found");
        form.MapGet("/columns", ListColumnsAsync)
            .Declare("listColumns", "List the columns of a form's table, all versions together", Permission.SubmissionList)
            .Refuses(404, "form.not_published", "form.no_draft");
        form.MapGet("/rows", ListRowsAsync)
            .Declare("listRows", "Read a page of a form's table, newest first", Permission.SubmissionRead)
            .Refuses(404, "form.not_published", "form.no_draft")
            .Refuses(400, ["cursor.unreadable", "query.bad_limit", .. FilterProblems.Codes])
            .Refuses(403, "answers.confidential")
            .Refuses(429, "query.too_many")
            .Writes<RowPage>();
        form.MapPost("/rows/search", SearchRowsAsync)
            .Declare(
                "searchRows",
                "Read a page of a form's table: the filter stands in the body, so that no proxy's log keeps what it asks for",
                Permission.SubmissionRead)
            .Refuses(404, "form.not_published", "form.no_draft")
            .Refuses(400, ["cursor.unreadable", "query.bad_limit", .. FilterProblems.Codes])
            .Refuses(403, "answers.confidential")
            .Refuses(429, "query.too_many")
            .Writes<RowPage>();
        form.MapGet("/submitters", ListSubmittersAsync)
            .Declare("listSubmitters", "List everyone who sent one of the form's submissions", Permission.SubmissionRead);
        form.MapGet("/repeats/{repeat}/rows", ListRepeatRowsAsync)
            .Declare("listRepeatRows", "Read a page of the rows of a repeat, those of the newest submission first", Permission.SubmissionRead)
            .Refuses(404, "form.not_published", "form.no_draft", "export.no_table")
            .Refuses(400, ["cursor.unreadable", "query.bad_limit", .. FilterProblems.Codes])
            .Refuses(403, "answers.confidential")
            .Refuses(429, "query.too_many")
            .Writes<RepeatRowPage>();
        var submission = form.MapGroup("/submissions/{instanceId}").Refuses(403, "submission.confidential").Refuses(404, "submission.not_found").Refuses(500, "submission.damaged");
        submission.MapGet("", ReadAsync)
            .Declare("getSubmission", "Read a submission as a tree of questions and answers", Permission.SubmissionRead);
        submission.MapGet("/xml", SendXmlAsync)
            .Declare("getSubmissionXml", "Download a submission as the phone sent it", Permission.SubmissionRead)
            .SendsFile("application/xml");
        submission.MapGet("/attachments/{name}", SendFileAsync)
            .Declare("getSubmissionFile", "Download a file of a submission, or the part that `Range` names", Permission.SubmissionRead)
            .Refuses(404, "submission.no_such_file", "submission.file_missing")
            .SendsFile("*/*");
    }

    private static Task<ColumnList> ListColumnsAsync(
        FormCall call,
        [Description("The language of labels, as `languages` has it. Default: the form's own.")] string? language,
        ListColumns list) =>
        list.RunAsync(call.Actor, call.Project, call.FormId, call.IsDraft, language, call.Aborted);

    private static async Task ListRowsAsync(
        FormCall call,
        [Description("The `next` of the page before.")] string? after,
        [Description("Rows at most. Default: 100."), Range(1, SubmissionQueries.MostRows)] int? limit,
        [Description("What must hold, written as OData's `$filter`, such as `age gt 17 and __system/reviewState eq null`.")] string? filter,
        [Description("Whether to count all that the filter finds. Without a filter the count is always there.")] bool? count,
        AccountQueries accounts,
        ListRows list)
    {
        var page = new RowsPage(call.FormId, call.IsDraft, after, limit ?? RowsAtOnce, filter, count ?? false);
        call.Http.Response.ContentType = "application/json; charset=utf-8";
        await using var output = new ImpatientOutput(call.Http.Response.Body, call.Aborted);
        await list.RunAsync(call.Actor, call.Project, page, accounts.NamesAsync, output, call.Aborted);
    }

    private static async Task SearchRowsAsync(FormCall call, JsonBody<RowSearch> body, AccountQueries accounts, ListRows list)
    {
        var wanted = await body.ReadAsync(MostSearchBytes);
        var filter = string.IsNullOrWhiteSpace(wanted.Filter) ? null : wanted.Filter;
        var page = new RowsPage(call.FormId, call.IsDraft, wanted.After, wanted.Limit ?? RowsAtOnce, filter, wanted.Count ?? false)
        {
            Order = RowOrders.Of(wanted.Order ?? RowOrder.Newest),
            Columns = wanted.Columns?.ToHashSet(StringComparer.Ordinal),
        };
        call.Http.Response.ContentType = "application/json; charset=utf-8";
        await using var output = new ImpatientOutput(call.Http.Response.Body, call.Aborted);
        await list.RunAsync(call.Actor, call.Project, page, accounts.NamesAsync, output, call.Aborted);
    }

    private static async Task<ItemList<PersonItem>> ListSubmittersAsync(
        FormCall call, FindSubmissions find, SubmissionQueries submissions, AccountQueries accounts)
    {
        var set = await find.RunAsync(
            call.Actor, Permission.SubmissionRead, call.Project, call.FormId, call.IsDraft, call.Aborted);
        var ids = await submissions.ListSubmittersAsync(set, call.Aborted);
        var names = await accounts.NamesAsync(ids, call.Aborted);
        return ItemList.Of(ids, id => new PersonItem(id, names.GetValueOrDefault(id, "")));
    }

    private static async Task ListRepeatRowsAsync(
        FormCall call,
        [Description("Name of the repeat, as in `columns`.")] string repeat,
        [Description("The `next` of the page before.")] string? after,
        [Description("Rows to pass over first. Default: 0."), Range(0, int.MaxValue)] int? skip,
        [Description("Rows at most. Default: 100."), Range(1, SubmissionQueries.MostRows)] int? limit,
        [Description("What must hold for the submission, written as OData's `$filter`.")] string? filter,
        [Description("Whether to count all rows.")] bool? count,
        ListRepeatRows list)
    {
        var page = new RepeatRowsPage(
            call.FormId, call.IsDraft, repeat, after, skip ?? 0, limit ?? RowsAtOnce, filter, count ?? false);
        call.Http.Response.ContentType = "application/json; charset=utf-8";
        await using var output = new ImpatientOutput(call.Http.Response.Body, call.Aborted);
        await list.RunAsync(call.Actor, call.Project, page, output, call.Aborted);
    }

    private static async Task<RecordItem> ReadAsync(
        FormCall call,
        string instanceId,
        [Description("The language of labels, as `languages` of the columns has it. Default: the form's own.")] string? language,
        [Description("Whether to show confidential answers, which is noted. Default: false.")] bool? confidential,
        AccountQueries accounts,
        ReadRecord read)
    {
        var record = await read.RunAsync(
            call.Actor, call.Project, call.FormId, call.IsDraft, instanceId, WishOf(confidential), call.Aborted);
        var submitter = record.Submission.Row.SubmitterId.Value;
        var names = await accounts.NamesAsync([submitter], call.Aborted);
        return RecordItem.Of(record, names.GetValueOrDefault(submitter, ""), language);
    }

    private static ConfidentialWish WishOf(bool? confidential) =>
        confidential == true ? ConfidentialWish.Demanded : ConfidentialWish.Masked;

    private static async Task<IResult> SendXmlAsync(
        FormCall call,
        string instanceId,
        [Description("Whether to put confidential answers back, which is noted. Default: false.")] bool? confidential,
        ReadSubmission read)
    {
        var opened = await read.RunAsync(
            call.Actor, call.Project, call.FormId, call.IsDraft, instanceId, WishOf(confidential), call.Aborted);
        FileAnswer.NameIt(call.Http, opened.Row.InstanceId + ".xml");
        return Results.Bytes(opened.Xml, "application/xml");
    }

    private static async Task<IResult> SendFileAsync(FormCall call, string instanceId, string name, ReadSubmissionFile read)
    {
        var place = new SubmissionPlace(call.FormId, call.IsDraft, instanceId);
        var file = await read.RunAsync(call.Actor, call.Project, place, name, call.Aborted);
        return FileAnswer.Of(call.Http, file.Name, file.Content, file.Tag, file.ReceivedAt);
    }
}
