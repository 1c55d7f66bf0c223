using System.Text;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Erasure;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/projects/…/erasure</c> and <c>/api/erasures</c>: projects erased for good, and what proves it.</summary>
internal static class ErasuresApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/projects/{projectId:long}/erasure", EraseAsync)
            .WithTags("Erasure")
            .Declare("eraseProject", "Erase a project for good: its keys at once, its rows and files after", Permission.ProjectErase)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "erasure.done", "hold.active")
            .Refuses(422, "erasure.name", "erasure.reason");
        var erasures = api.MapGroup("/erasures").WithTags("Erasure");
        erasures.MapGet("", ListAsync).Declare("listErasures", "List the projects that were erased where you may erase, newest first");
        erasures.MapGet("/{id:long}/certificate", GetCertificateAsync)
            .Declare("getErasureCertificate", "Download the signed certificate that the keys of a project were destroyed")
            .SendsFile("application/json")
            .Refuses(404, "erasure.not_found")
            .Refuses(409, "erasure.no_certificate");
    }

    private static async Task<ErasureItem> EraseAsync(Call call, long projectId, JsonBody<NewErasure> body, EraseProject erase)
    {
        var wanted = await body.ReadAsync();
        var row = await erase.RunAsync(call.Actor, new ProjectId(projectId), wanted.Name, wanted.Reason, ErasureDespite.Nothing, call.Aborted);
        return ErasureItem.Of(row, wanted.Reason?.Trim() ?? "");
    }

    private static async Task<ItemList<ErasureItem>> ListAsync(Call call, ErasureQueries erasures) =>
        ItemList.Of(await erasures.ListAsync(call.Actor, call.Aborted), one => ErasureItem.Of(one.Row, one.Reason));

    private static async Task<IResult> GetCertificateAsync(Call call, long id, ErasureQueries erasures)
    {
        var certificate = await erasures.GetCertificateAsync(call.Actor, new ProjectId(id), call.Aborted);
        return TypedResults.File(Encoding.UTF8.GetBytes(certificate), "application/json", $"erasure-of-project-{id}.json");
    }
}

/// <summary>Asks for the end of a project.</summary>
/// <param name="Name">The project's name, typed by hand.</param>
/// <param name="Reason">Why; it stands in the ledger, sealed, for good.</param>
internal sealed record NewErasure(string? Name, string? Reason);

/// <summary>A project that was erased.</summary>
/// <param name="Project">Its number; its name is gone.</param>
/// <param name="By">The number of who ordered it; 0 for whoever stood at the machine, and for the server itself, which erases a project whose days in the trash are over.</param>
/// <param name="BegunAt">When it was ordered.</param>
/// <param name="Reason">Why.</param>
/// <param name="KeysDestroyedAt">When its keys were destroyed; from then on nobody reads its answers.</param>
/// <param name="RowsErasedAt">When its last rows and files were deleted; null while that goes on.</param>
/// <param name="RowsErased">How many records were deleted so far.</param>
/// <param name="HasOpenCopies">Whether a backup directory could not be reached yet, so that its copy of the keyring still has the keys.</param>
/// <param name="IsReplay">Whether a restore had brought it back and it was erased again.</param>
/// <param name="HasCertificate">Whether there is a certificate.</param>
internal sealed record ErasureItem(
    long Project,
    long By,
    DateTimeOffset BegunAt,
    string Reason,
    DateTimeOffset? KeysDestroyedAt,
    DateTimeOffset? RowsErasedAt,
    long RowsErased,
    bool HasOpenCopies,
    bool IsReplay,
    bool HasCertificate)
{
    /// <summary>Shows one.</summary>
    public static ErasureItem Of(ErasureRow row, string reason) => new(
        row.ProjectId, row.ByActor, row.BegunAt, reason, row.KeysDestroyedAt, row.RowsErasedAt, row.RowsErased, row.CopiesOpen, row.IsReplay,
        row.Certificate is not null);
}
