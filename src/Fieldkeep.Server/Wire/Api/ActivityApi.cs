using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/activity</c>: who did what, newest first.</summary>
internal static class ActivityApi
{
    private const int RowsAtOnce = 100;

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api) => api.MapGet("/activity", ListAsync);

    private static async Task<IResult> ListAsync(
        HttpContext http,
        long? project,
        string? before,
        int? limit,
        ActorResolver actors,
        Grants grants,
        AuditLog audit,
        AccountQueries accounts,
        CancellationToken cancellationToken)
    {
        var actor = await actors.RequireAsync(http);
        var projects = await ReadableAsync(actor, project, grants, cancellationToken);
        var page = await audit.ListAsync(projects, before, limit ?? RowsAtOnce, cancellationToken);
        var names = await accounts.NamesAsync(page.Items.Select(row => row.ActorId), cancellationToken);
        return WireJson.Answer(new
        {
            items = page.Items.Select(row => new
            {
                id = row.Id,
                at = row.At,
                actor = new { id = row.ActorId, name = NameOf(row, names) },
                action = row.Action,
                subject = $"{row.SubjectKind} {row.SubjectId}",
                detail = row.Detail,
                project = row.ProjectId,
                door = row.Door,
            }),
            next = page.Next,
        });
    }

    // One project, or all that the actor may audit; null for the whole server.
    private static async Task<IReadOnlyList<long>?> ReadableAsync(
        Actor actor, long? project, Grants grants, CancellationToken cancellationToken)
    {
        if (project is { } id)
        {
            await grants.RequireAsync(actor, Permission.AuditRead, Scope.Of(new ProjectId(id)), cancellationToken);
            return [id];
        }

        var readable = await grants.ScopesWithAsync(actor, Permission.AuditRead, cancellationToken);
        if (!readable.IsEverywhere && readable.Projects.Count == 0)
        {
            throw AccessProblems.Denied();
        }

        return readable.IsEverywhere ? null : readable.Projects;
    }

    private static string NameOf(AuditRow row, IReadOnlyDictionary<long, string> names) =>
        names.TryGetValue(row.ActorId, out var name)
            ? name
            : row.ActorKind switch { "system" => "Fieldkeep", "draft_tester" => "Draft tester", _ => "" };
}
