using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Exports;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Submissions for the web interface: the table's columns and rows, one record, its files.</summary>
internal static class SubmissionsApi
{
    private const int RowsAtOnce = 100;

    /// <summary>Maps what lies below <c>/projects/{projectId}/forms/{formId}</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var form = api.MapGroup("/projects/{projectId:long}/forms/{formId}");
        form.MapGet("/columns", ListColumnsAsync);
        form.MapGet("/rows", ListRowsAsync);
        form.MapGet("/submissions/{instanceId}", ReadAsync);
        form.MapGet("/submissions/{instanceId}/xml", SendXmlAsync);
        form.MapGet("/submissions/{instanceId}/attachments/{name}", SendFileAsync);
    }

    private static async Task<IResult> ListColumnsAsync(
        HttpContext context, long projectId, string formId, bool? draft, ActorResolver resolver, ProjectRefs projects, ListColumns list)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        return WireJson.Answer(await list.RunAsync(actor, project, formId, draft ?? false, context.RequestAborted));
    }

    private static async Task ListRowsAsync(
        HttpContext context,
        long projectId,
        string formId,
        string? after,
        int? limit,
        bool? draft,
        ActorResolver resolver,
        ProjectRefs projects,
        AccountQueries accounts,
        ListRows list)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        var page = new RowsPage(formId, draft ?? false, after, limit ?? RowsAtOnce);
        context.Response.ContentType = "application/json; charset=utf-8";
        await list.RunAsync(
            actor, project, page, accounts.NamesAsync, context.Response.Body, context.RequestAborted);
    }

    private static async Task<IResult> ReadAsync(
        HttpContext context,
        long projectId,
        string formId,
        string instanceId,
        bool? draft,
        ActorResolver resolver,
        ProjectRefs projects,
        AccountQueries accounts,
        ReadRecord read)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        var record = await read.RunAsync(actor, project, formId, draft ?? false, instanceId, context.RequestAborted);
        var submitter = record.Submission.Row.SubmitterId.Value;
        var names = await accounts.NamesAsync([submitter], context.RequestAborted);
        return WireJson.Answer(RecordItem.Of(record, names.GetValueOrDefault(submitter, "")));
    }

    private static async Task<IResult> SendXmlAsync(
        HttpContext context,
        long projectId,
        string formId,
        string instanceId,
        bool? draft,
        ActorResolver resolver,
        ProjectRefs projects,
        ReadSubmission read)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        var opened = await read.RunAsync(actor, project, formId, draft ?? false, instanceId, context.RequestAborted);
        FileAnswer.NameIt(context, opened.Row.InstanceId + ".xml");
        return Results.Bytes(opened.Xml, "application/xml");
    }

    private static async Task<IResult> SendFileAsync(
        HttpContext context,
        long projectId,
        string formId,
        string instanceId,
        string name,
        bool? draft,
        ActorResolver resolver,
        ProjectRefs projects,
        ReadSubmissionFile read)
    {
        var actor = await resolver.RequireAsync(context);
        var project = await projects.GetRefAsync(new ProjectId(projectId), context.RequestAborted);
        var file = await read.RunAsync(actor, project, formId, draft ?? false, instanceId, name, context.RequestAborted);
        return FileAnswer.Of(context, file.Name, file.Content, file.Tag, file.ReceivedAt);
    }
}
