using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Jobs;
using Fieldkeep.Server.Exports.OData;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.OData;

/// <summary>A form's submissions as OData 4.0, at the addresses and in the shapes of ODK Central.</summary>
internal static class ODataRoutes
{
    /// <summary>Maps <c>/v1/projects/{projectId}/forms/{formId}.svc</c>, and <c>…/draft.svc</c> for the tests of the draft.</summary>
    public static void MapOData(this IEndpointRouteBuilder routes)
    {
        var forms = routes.MapGroup("/v1/projects/{projectId:long}/forms")
            .Speaks(Dialect.CentralV1)
            .CalledBy(CallerKind.Session)
            .MadeFor(Audience.Scripts)
            .WithTags("OData")
            .Refuses(404, "form.not_found", "form.not_published", "form.no_draft", "odata.not_found", "odata.old_version")
            .Refuses(406, "odata.not_acceptable")
            .Refuses(501, "odata.unsupported");
        Map(forms.MapGroup("/{formId}.svc"));
        Map(forms.MapGroup("/{formId}/draft.svc").MeansDraft());
    }

    private static void Map(RouteGroupBuilder feed)
    {
        feed.MapGet("", DescribeAsync)
            .Declare("getODataService", "List the tables of a form's feed", Permission.SubmissionRead)
            .Writes<ServiceDocument>();
        feed.MapGet("/$metadata", SendMetadataAsync)
            .Speaks(Dialect.ODataXml)
            .Declare("getODataMetadata", "Describe the tables of a form's feed (EDMX)", Permission.SubmissionRead)
            .SendsFile("application/xml");
        feed.MapGet("/{table}", SendRowsAsync)
            .IsTable("getODataTable", "Read a table of a form's feed, or one submission: `Submissions('uuid:…')`");
        feed.MapGet("/{table}/{**path}", SendRowsAsync)
            .IsTable("getODataRows", "Read a repeat's rows of one submission: `Submissions('uuid:…')/group/repeat`");
    }

    private static void IsTable(this RouteHandlerBuilder route, string id, string summary) => route
        .Declare(id, summary, Permission.SubmissionRead)
        .CheckedHere()
        .Refuses(400, "odata.unknown_property", "odata.select_in_repeat", "odata.not_a_number", "odata.not_a_flag", "odata.bad_skiptoken")
        .Refuses(400, [.. FilterProblems.Codes])
        .Refuses(403, "answers.confidential")
        .Refuses(404, "submission.not_found")
        .Refuses(501, "odata.unsupported_order", "odata.unsupported_expand", "odata.select_with_expand")
        .Refuses(429, "query.too_many")
        .Refuses(503, "export.busy")
        .Writes<ODataPage>();

    private static async Task<IResult> DescribeAsync(FormCall call, DescribeFeed describe, PublicAddress address)
    {
        ODataQuery.RequireKnown(call.Http);
        ODataAnswerHeaders.BeginJson(call.Http);
        var tables = await describe.RunAsync(call.Actor, call.Project, call.FormId, call.IsDraft, call.Aborted);
        var document = new ServiceDocument(
            $"{address.Of(call.Http)}{ODataPath.RootOf(call.Http)}/$metadata",
            [.. tables.Tables.Select(table => new ServiceTable(table.Name, "EntitySet", table.Name))]);
        return Results.Json(document, WireJson.Options, ODataAnswerHeaders.Json);
    }

    private static async Task SendMetadataAsync(FormCall call, DescribeFeed describe)
    {
        ODataQuery.RequireKnown(call.Http);
        ODataAnswerHeaders.BeginXml(call.Http);
        var tables = await describe.RunAsync(call.Actor, call.Project, call.FormId, call.IsDraft, call.Aborted);
        await call.Http.Response.Body.WriteAsync(EdmxDocument.Of(call.FormId, tables), call.Aborted);
    }

    private static async Task SendRowsAsync(
        FormCall call, ODataQuery query, PublicAddress address, ExportGate gate, ReadFeed read, CountFeed count, AccountQueries accounts)
    {
        var path = ODataPath.Of(call.Http);
        if (path.IsCount)
        {
            ODataAnswerHeaders.BeginText(call.Http);
        }
        else
        {
            ODataAnswerHeaders.BeginJson(call.Http);
        }

        var page = new ODataPaging(call.Http, query);
        var site = address.Of(call.Http);
        var request = new FeedRequest(
            call.FormId,
            call.IsDraft,
            path.Table,
            path.InstanceId,
            path.Below,
            query.Select,
            query.Filter,
            query.OrderBy,
            query.IsExpanded,
            query.IsWkt,
            query.WithCount,
            page.Top,
            query.Skip,
            query.After,
            $"{site}{path.Root}/$metadata#{path.Table}")
        {
            NextOf = (place, rows) => page.NextOf(place, rows) is { } next ? site + next : null,
        };

        if (path.IsCount)
        {
            var number = await count.RunAsync(call.Actor, call.Project, request with { Top = 0 }, call.Aborted);
            await call.Http.Response.WriteAsync(number.ToString(CultureInfo.InvariantCulture), call.Aborted);
            return;
        }

        // A page is short; a whole table takes both cores as an export does.
        using var place = request.IsPage ? null : await gate.EnterAsync(call.Actor, null, call.Aborted);
        await using var output = new ImpatientOutput(call.Http.Response.Body, call.Aborted);
        await read.RunAsync(call.Actor, call.Project, request, accounts.NamesAsync, output, call.Aborted);
    }
}
