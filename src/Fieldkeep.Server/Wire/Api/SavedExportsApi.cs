using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Exports;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Jobs;
using Fieldkeep.Server.Exports.Saved;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Exports that are saved under a name, and the links that programs fetch them from.</summary>
internal static class SavedExportsApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var all = api.MapGroup("/projects/{projectId:long}/forms/{formId}/saved-exports")
            .WithTags("Exports")
            .Refuses(404, "form.not_found", "form.not_published", "form.no_draft");
        all.MapGet("", ListAsync).Declare("listSavedExports", "List the saved exports of a form", Permission.SubmissionExport);
        all.MapPost("", SaveAsync)
            .Declare("saveExport", "Save an export under a name", Permission.SubmissionExport)
            .Refuses(400, FilterProblems.Codes)
            .Refuses(403, "answers.confidential", "submission.confidential")
            .Refuses(409, "export.too_many_saved")
            .Refuses(422, [.. ExportsApi.Refused, "export.name_invalid"]);
        var one = all.MapGroup("/{savedId}").Refuses(404, "export.not_saved");
        one.MapPatch("", RenameAsync)
            .Declare("renameSavedExport", "Give a saved export another name; its links go on", Permission.SubmissionExport)
            .CheckedHere()
            .Refuses(422, "export.name_invalid");
        one.MapDelete("", RemoveAsync).Declare("removeSavedExport", "Remove a saved export and its links", Permission.SubmissionExport)
            .CheckedHere();
        one.MapPost("/links", CreateLinkAsync)
            .Declare("createExportLink", "Make a link to a saved export and show its address once", Permission.SubmissionExport)
            .Refuses(403, "session.confirmation_needed", "token.not_here")
            .CheckedHere()
            .Refuses(409, "export.too_many_links")
            .Refuses(422, "export.bad_days");
        one.MapDelete("/links/{linkId:long}", RevokeLinkAsync)
            .Declare("revokeExportLink", "Revoke a link to a saved export", Permission.SubmissionExport)
            .CheckedHere()
            .Refuses(404, "export.no_link");
        api.MapGet("/export-links/{token}", FetchAsync)
            .WithTags("Exports")
            .CalledBy(CallerKind.Anonymous)
            .Declare("fetchExportLink", "Download a saved export by its link, with the rights of who made the link")
            .Refuses(400, FilterProblems.Codes)
            .Refuses(403, "answers.confidential", "submission.confidential")
            .Refuses(401, "export.link_refused")
            .Refuses(403, "access.denied", "session.second_factor_needed")
            .Refuses(404, "access.not_found", "form.not_found", "form.not_published", "form.no_draft")
            .Refuses(422, ExportsApi.Refused)
            .Refuses(429, "session.too_many_attempts", "export.link_too_fast")
            .Refuses(503, "export.busy")
            .SendsFile([.. ExportFormats.All.Select(format => format.MediaType).Distinct()]);
    }

    private static async Task<IEnumerable<SavedExportItem>> ListAsync(FormCall call, FindSubmissions find, SavedExports saved)
    {
        var set = await find.RunAsync(
            call.Actor, Permission.SubmissionExport, call.Project, call.FormId, isDraft: false, call.Aborted);
        return (await saved.ListAsync(call.Project, set.Form, call.Aborted)).Select(SavedExportItem.Of);
    }

    private static async Task<SavedExportItem> SaveAsync(
        FormCall call, JsonBody<NewSavedExport> body, SaveExport save, AccountQueries accounts)
    {
        var wanted = await body.ReadAsync();
        var export = wanted.Export.ToWanted(call.Project, call.FormId);
        return SavedExportItem.Of(await save.RunAsync(call.Actor, wanted.Name, export, accounts.NamesAsync, call.Aborted));
    }

    private static async Task<SavedExportItem> RenameAsync(
        FormCall call, string savedId, JsonBody<SavedExportPatch> body, RenameSavedExport rename)
    {
        var wanted = await body.ReadAsync();
        return SavedExportItem.Of(
            await rename.RunAsync(call.Actor, call.Project, call.FormId, IdOf(savedId), wanted.Name, call.Aborted));
    }

    private static async Task<NoContent> RemoveAsync(FormCall call, string savedId, RemoveSavedExport remove)
    {
        await remove.RunAsync(call.Actor, call.Project, call.FormId, IdOf(savedId), call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NewExportLinkItem> CreateLinkAsync(
        FormCall call, string savedId, JsonBody<WantedExportLink> body, CreateExportLink create, PublicAddress address)
    {
        var wanted = await body.ReadAsync();
        var made = await create.RunAsync(call.Actor, call.Project, call.FormId, IdOf(savedId), wanted.Days, call.Aborted);
        return new NewExportLinkItem(made.Link.Id, $"{address.Of(call.Http)}/api/export-links/{made.Token}", made.Link.ExpiresAt);
    }

    private static async Task<NoContent> RevokeLinkAsync(FormCall call, string savedId, long linkId, RevokeExportLink revoke)
    {
        await revoke.RunAsync(call.Actor, call.Project, call.FormId, IdOf(savedId), linkId, call.Aborted);
        return TypedResults.NoContent();
    }

    private static Guid IdOf(string text) => Guid.TryParse(text, out var id) ? id : throw ExportProblems.NotSaved();

    private static async Task FetchAsync(
        HttpContext http, string token, OpenExportLink open, ProjectRefs projects, ExportGate gate, WriteExport write)
    {
        var caller = Actor.Anonymous(Door.Web, ActorResolver.AddressOf(http));
        var link = await open.FindAsync(token, caller.Address, http.RequestAborted);
        var project = await projects.GetRefAsync(link.ProjectId, http.RequestAborted);
        var (maker, export) = await open.RunAsync(caller, project, link, http.RequestAborted);
        await ExportsApi.WriteAsync(http, maker, link.Id, export, gate, write);
    }
}

/// <summary>An export to be saved.</summary>
internal sealed record NewSavedExport(string Name, NewExport Export);

/// <summary>What to change of a saved export.</summary>
internal sealed record SavedExportPatch(string Name);

/// <summary>A link to be made.</summary>
/// <param name="Days">How long it lives: 1 to 366.</param>
internal sealed record WantedExportLink(int Days);

/// <summary>A link that was made.</summary>
/// <param name="Url">The address; it is shown this once.</param>
internal sealed record NewExportLinkItem(long Id, string Url, DateTimeOffset ExpiresAt);

/// <summary>A link without its address.</summary>
internal sealed record ExportLinkItem(
    long Id, long CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt);

/// <summary>A saved export.</summary>
internal sealed record SavedExportItem(
    Guid Id, string Name, NewExport Export, long CreatedBy, DateTimeOffset CreatedAt, IReadOnlyList<ExportLinkItem> Links)
{
    /// <summary>Shows a saved export.</summary>
    public static SavedExportItem Of(SavedExport saved) => new(
        saved.Id,
        saved.Settings.Name,
        NewExport.Of(saved.Settings),
        saved.CreatedBy,
        saved.CreatedAt,
        [
            .. saved.Links.Select(link =>
                new ExportLinkItem(link.Id, link.CreatedBy, link.CreatedAt, link.ExpiresAt, link.RevokedAt, link.LastUsedAt)),
        ]);
}
