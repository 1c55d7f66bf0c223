using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
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
    public static void Map(RouteGroupBuilder api) => api.MapGet("/activity", ListAsync)
        .WithTags("Activity")
        .Declare("listActivity", "List who did what, newest first", Permission.AuditRead)
        .Refuses(400, "audit.bad_cursor");

    private static async Task<ActivityPage> ListAsync(
        Call call,
        [Description("Only this project; without it, all whose activity you may read.")] long? project,
        [Description("The `next` of the page before.")] string? before,
        [Description("Rows at most. Default: 100."), Range(1, AuditLog.MostRows)] int? limit,
        Policy policy,
        AuditLog audit,
        AccountQueries accounts)
    {
        var (projects, hasServer) = await ReadableAsync(call.Actor, project, policy, call.Aborted);
        var page = await audit.ListAsync(projects, hasServer, before, limit ?? RowsAtOnce, call.Aborted);
        var names = await accounts.NamesAsync(page.Items.Select(row => row.ActorId), call.Aborted);
        return new ActivityPage([.. page.Items.Select(row => ActivityItem.Of(row, names))], page.Next);
    }

    // One project, or all that the actor may audit, and what belongs to none for who runs the server.
    private static async Task<(IReadOnlyList<long>? Projects, bool HasServer)> ReadableAsync(
        Actor actor, long? project, Policy policy, CancellationToken cancellationToken)
    {
        if (project is { } id)
        {
            await policy.RequireAsync(actor, Permission.AuditRead, Scope.Of(new ProjectId(id)), cancellationToken);
            return ([id], false);
        }

        var readable = await policy.ScopesWithAsync(actor, Permission.AuditRead, cancellationToken);
        if (readable is { IsEverywhere: false, IsOfInstallation: false, Projects: [], Units: [] })
        {
            throw AccessProblems.Denied();
        }

        return (readable.IsEverywhere ? null : readable.Projects, readable.IsOfInstallation);
    }
}

/// <summary>A page of what was done.</summary>
/// <param name="Next">What to send as <c>before</c> for older ones; null when there are none.</param>
internal sealed record ActivityPage(IReadOnlyList<ActivityItem> Items, string? Next);

/// <summary>One thing that was done.</summary>
/// <param name="Action">Such as <c>project.create</c>.</param>
/// <param name="Subject">A kind and an id.</param>
/// <param name="Project">Null when it concerns no one project.</param>
/// <param name="Door">How the request came in.</param>
/// <param name="ActingAs"><c>support</c> when an operator did it under support access; null when it was done in one's own right.</param>
/// <param name="SupportGrant">The grant of that support access.</param>
internal sealed record ActivityItem(
    long Id, DateTimeOffset At, PersonItem Actor, string Action, string Subject, string? Detail, long? Project, string Door, string? ActingAs, long? SupportGrant)
{
    /// <summary>Shows a line of the audit book.</summary>
    public static ActivityItem Of(AuditRow row, IReadOnlyDictionary<long, string> names) => new(
        row.Id,
        row.At,
        new PersonItem(row.ActorId, NameOf(row, names)),
        row.Action,
        $"{row.SubjectKind} {row.SubjectId}",
        row.Detail,
        row.ProjectId,
        row.Door,
        row.SupportGrant is null ? null : "support",
        row.SupportGrant);

    private static string NameOf(AuditRow row, IReadOnlyDictionary<long, string> names) =>
        names.TryGetValue(row.ActorId, out var name)
            ? name
            : row.ActorKind switch { "system" => "Fieldkeep", "draft_tester" => "Draft tester", _ => "" };
}

/// <summary>Whoever did or sent something.</summary>
/// <param name="Id">0 for the server itself and for those without an account.</param>
/// <param name="Name">Empty when it is not known.</param>
internal sealed record PersonItem(long Id, string Name);
