using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Exports;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Jobs;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Exports in ODK Central's layout, streamed while they are made.</summary>
internal static class ExportsV1
{
    /// <summary>Maps <c>submissions.csv.zip</c> and <c>submissions.csv</c>, and the same for drafts.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var form = v1.MapGroup("/projects/{projectId:long}/forms/{formId}")
            .WithTags("Exports")
            .Reads("$filter", typeof(string), "What must hold, as in OData. Default: all submissions.")
            .Refuses(400, FilterProblems.Codes)
            .Refuses(403, "answers.confidential")
            .Reads("groupPaths", typeof(bool), "Whether column names begin with their groups. Default: true.")
            .Reads("splitSelectMultiples", typeof(bool), "Whether each choice of a select_multiple gets a column. Default: false.")
            .Reads("deletedFields", typeof(bool), "Whether questions that only earlier versions have are in it. Default: false.")
            .Refuses(400, "key.wrong_passphrase", "key.passphrase_in_address")
            .Refuses(404, "form.not_found", "form.not_published", "form.no_draft")
            .Refuses(429, "session.too_many_attempts")
            .Refuses(503, "export.busy");
        MapTo(form);
        MapTo(form.MapGroup("/draft").MeansDraft());
    }

    private static void MapTo(RouteGroupBuilder form)
    {
        const string about = "The same by POST, with passphrases in the body: members named after the keys, as JSON or form fields";
        form.MapGet("/submissions.csv.zip", SendZipAsync).IsZip("exportCsvZip", "Export all tables and attachments as CSV in a ZIP");
        form.MapPost("/submissions.csv.zip", SendZipAsync).IsZip("postExportCsvZip", about).TakesPassphrases();
        form.MapGet("/submissions.csv", SendCsvAsync).IsCsv("exportCsv", "Export the main table as CSV");
        form.MapPost("/submissions.csv", SendCsvAsync).IsCsv("postExportCsv", about).TakesPassphrases();
    }

    private static void TakesPassphrases(this RouteHandlerBuilder route) => route
        .TakesFile(WireJson.MostBytes, "application/json", "application/x-www-form-urlencoded")
        .Refuses(400, "body.not_json", "body.wrong_type")
        .Refuses(413, "body.too_large");

    private static RouteHandlerBuilder IsZip(this RouteHandlerBuilder route, string id, string summary) => route
        .Declare(id, summary, Permission.SubmissionExport)
        .Reads("attachments", typeof(bool), "Whether attachments are in it. Default: true.")
        .SendsFile("application/zip");

    private static RouteHandlerBuilder IsCsv(this RouteHandlerBuilder route, string id, string summary) => route
        .Declare(id, summary, Permission.SubmissionExport)
        .SendsFile("text/csv");

    private static Task SendZipAsync(
        FormCall call, BeginExport begin, ExportGate gate, WriteExport write, AccountQueries accounts) =>
        SendAsync(call, ExportFormat.CsvZip, begin, gate, write, accounts);

    private static Task SendCsvAsync(
        FormCall call, BeginExport begin, ExportGate gate, WriteExport write, AccountQueries accounts) =>
        SendAsync(call, ExportFormat.Csv, begin, gate, write, accounts);

    private static async Task SendAsync(
        FormCall call, ExportFormat format, BeginExport begin, ExportGate gate, WriteExport write, AccountQueries accounts)
    {
        var options = new ExportOptions(
            GroupPaths: CentralQuery.Flag(call.Http, "groupPaths", otherwise: true),
            SplitSelectMultiples: CentralQuery.Flag(call.Http, "splitSelectMultiples"),
            Media: CentralQuery.Flag(call.Http, "attachments", otherwise: true),
            DeletedFields: CentralQuery.Flag(call.Http, "deletedFields"))
        { Format = format };
        var filter = call.Http.Request.Query["$filter"].ToString();
        var selection = new RowSelection(null, null, null, null, filter);
        var wanted = new WantedExport(call.Project, call.FormId, call.IsDraft, selection, options)
        {
            Passphrases = await GivenPassphrases.ReadAsync(call.Http),
        };
        var export = await begin.RunAsync(call.Actor, wanted, accounts.NamesAsync, call.Aborted);
        using var keys = export.Request.Keys;
        using var place = await gate.EnterAsync(call.Actor, null, call.Aborted);
        Announce(call.Http, ExportFormats.Of(format).MediaType, export.Request.FileName);
        await using var output = new ImpatientOutput(call.Http.Response.Body, call.Aborted);
        await write.RunAsync(call.Actor, export, new ExportProgress(), output, call.Aborted);
    }

    private static void Announce(HttpContext context, string type, string name)
    {
        context.Response.ContentType = type;
        FileAnswer.NameIt(context, name);
    }
}
