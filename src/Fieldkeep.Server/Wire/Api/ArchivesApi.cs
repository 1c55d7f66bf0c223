using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Exports.Archive;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/units/…/archives</c>: all data of an organisation, branch or team as one zip.</summary>
internal static class ArchivesApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var archives = api.MapGroup("/units/{unitId:long}/archives").WithTags("Organisations");
        archives.MapGet("", ListAsync)
            .Declare("listArchives", "List who asked for all data of a unit, newest first", Permission.UnitUpdate, Permission.MemberList, Permission.SubmissionExport);
        archives.MapPost("", AskAsync)
            .Declare("askArchive", "Ask for all data of a unit as one zip; it can be fetched once, within the hour", Permission.UnitUpdate, Permission.MemberList, Permission.SubmissionExport)
            .Refuses(403, "session.confirmation_needed");
        archives.MapGet("/{id}/file", SendAsync)
            .Declare("fetchArchive", "Download all data of a unit while it is written", Permission.UnitUpdate, Permission.MemberList, Permission.SubmissionExport)
            .Refuses(404, "archive.not_found")
            .SendsFile("application/zip");
    }

    private static async Task<ItemList<ArchiveItem>> ListAsync(Call call, long unitId, ListArchives list, AccountQueries accounts)
    {
        var rows = await list.RunAsync(call.Actor, new UnitId(unitId), call.Aborted);
        var names = await accounts.NamesAsync(rows.Select(row => row.ActorId), call.Aborted);
        return ItemList.Of(rows, row => new ArchiveItem(
            row.Id, row.ActorId, names.GetValueOrDefault(row.ActorId) ?? "", row.AskedAt, row.BegunAt, row.FinishedAt, row.Projects, row.Submissions));
    }

    private static async Task<AskedArchiveItem> AskAsync(Call call, long unitId, AskArchive ask) =>
        new(await ask.RunAsync(call.Actor, new UnitId(unitId), call.Aborted));

    private static async Task SendAsync(Call call, long unitId, string id, WriteArchive write, AccountQueries accounts)
    {
        // What is no id of ours is one that there is not.
        var archive = Guid.TryParse(id, out var parsed) ? parsed : Guid.Empty;
        await write.BeginAsync(call.Actor, new UnitId(unitId), archive, call.Aborted);
        call.Http.Response.ContentType = "application/zip";
        FileAnswer.NameIt(call.Http, $"archive-of-unit-{unitId}.zip");
        await using var output = new ImpatientOutput(call.Http.Response.Body, call.Aborted);
        await write.RunAsync(call.Actor, new UnitId(unitId), archive, accounts.NamesAsync, output, call.Aborted);
    }
}

/// <summary>An archive that somebody asked for.</summary>
/// <param name="BegunAt">When it was fetched; null when it was not.</param>
/// <param name="FinishedAt">When all of it was sent; null when it was not, or broke off.</param>
internal sealed record ArchiveItem(
    Guid Id, long By, string ByName, DateTimeOffset AskedAt, DateTimeOffset? BegunAt, DateTimeOffset? FinishedAt, int Projects, long Submissions);

/// <summary>An archive that can be fetched once.</summary>
internal sealed record AskedArchiveItem(Guid Id);
