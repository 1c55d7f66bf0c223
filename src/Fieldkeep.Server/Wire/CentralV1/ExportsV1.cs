using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Exports;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Exports in ODK Central's layout, streamed while they are made.</summary>
internal static class ExportsV1
{
    private static readonly string[] GetOrPost = ["GET", "POST"];

    /// <summary>Maps <c>submissions.csv.zip</c> and <c>submissions.csv</c>, and the same for drafts.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        MapTo(v1.MapGroup("/projects/{projectId:long}/forms/{formId}"));
        MapTo(v1.MapGroup("/projects/{projectId:long}/forms/{formId}/draft").WithMetadata(new DraftMark()));
    }

    private static void MapTo(RouteGroupBuilder form)
    {
        // Central's interface posts here, with passphrases in the body for forms that are encrypted its own way.
        form.MapMethods("/submissions.csv.zip", GetOrPost, SendZipAsync);
        form.MapMethods("/submissions.csv", GetOrPost, SendCsvAsync);
    }

    private static async Task SendZipAsync(
        [AsParameters] FormAddress address, FindSubmissions find, ExportGate gate, ExportCsvZip export, AccountQueries accounts)
    {
        var (actor, request) = await RequestOfAsync(address, find, accounts);
        using var place = await gate.EnterAsync(address.Aborted);
        Announce(address.Context, "application/zip", $"{request.Set.XmlFormId}.zip");
        await export.RunAsync(actor, request, new ExportProgress(), address.Context.Response.Body, address.Aborted);
    }

    private static async Task SendCsvAsync(
        [AsParameters] FormAddress address, FindSubmissions find, ExportGate gate, ExportCsv export, AccountQueries accounts)
    {
        var (actor, request) = await RequestOfAsync(address, find, accounts);
        using var place = await gate.EnterAsync(address.Aborted);
        Announce(address.Context, "text/csv; charset=utf-8", $"{request.Set.XmlFormId}.csv");
        await export.RunAsync(actor, request, new ExportProgress(), address.Context.Response.Body, address.Aborted);
    }

    private static async Task<(Kernel.Actor Actor, ExportRequest Request)> RequestOfAsync(
        FormAddress address, FindSubmissions find, AccountQueries accounts)
    {
        var actor = await address.ActorAsync();
        var set = await find.RunAsync(
            actor,
            Permission.SubmissionExport,
            await address.ProjectAsync(),
            address.FormId,
            address.IsDraft,
            address.Aborted);
        var options = new ExportOptions(
            GroupPaths: Flag(address.Context, "groupPaths", true),
            SplitSelectMultiples: Flag(address.Context, "splitSelectMultiples", false),
            Media: Flag(address.Context, "attachments", true),
            DeletedFields: Flag(address.Context, "deletedFields", false));
        return (actor, new ExportRequest(set, options, accounts.NamesAsync));
    }

    private static void Announce(HttpContext context, string type, string name)
    {
        context.Response.ContentType = type;
        FileAnswer.NameIt(context, name);
    }

    private static bool Flag(HttpContext context, string name, bool otherwise) =>
        context.Request.Query[name].ToString() switch
        {
            "" => otherwise,
            var text => text.Equals("true", StringComparison.OrdinalIgnoreCase),
        };
}
