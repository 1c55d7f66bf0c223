using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Past;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers what settings and permissions were, how they changed, and brings them back.</summary>
internal static class PastApi
{
    private const int ChangesAtOnce = 50;
    private const int MostChanges = 500;

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var server = api.MapGroup("/changes").WithTags("Past");
        server.MapGet("", ListOfServerAsync)
            .Declare("listServerChanges", "List changes of units, roles in them and the server's settings, with what was before and after", Permission.AuditRead)
            .Refuses(400, "past.moment_invalid");
        Revertible(server.MapPost("/{changeId:long}/revert", RevertOfServerAsync)
            .Declare("revertServerChange", "Bring back what was before a change that belongs to no project"));
        Previewed(server.MapGet("/{changeId:long}/revert", PreviewOfServerAsync)
            .Declare("previewServerRevert", "Tell what reverting a change that belongs to no project would change"));
        api.MapGet("/units/{unitId:long}/as-of", TellUnitAsync)
            .WithTags("Past")
            .Declare(
                "getUnitAsOf",
                "Tell what lay in a unit at an instant, who belonged to it and who held roles there",
                Permission.MemberList,
                Permission.AuditRead)
            .Refuses(400, "past.moment_invalid")
            .Refuses(404, "past.unit_absent");

        var project = api.MapGroup("/projects/{projectId:long}").WithTags("Past");
        project.MapGet("/changes", ListOfProjectAsync)
            .Declare("listProjectChanges", "List changes of a project's settings and permissions, with what was before and after", Permission.AuditRead)
            .Refuses(400, "past.moment_invalid");
        Revertible(project.MapPost("/changes/{changeId:long}/revert", RevertOfProjectAsync)
            .Declare("revertProjectChange", "Bring back what was before a change of settings or permissions", Permission.AuditRead));
        Previewed(project.MapGet("/changes/{changeId:long}/revert", PreviewOfProjectAsync)
            .Declare("previewProjectRevert", "Tell what reverting a change of settings or permissions would change", Permission.AuditRead));
        project.MapGet("/as-of", TellAsync)
            .Declare(
                "getProjectAsOf", "Tell how a project was set up at an instant, and who reached it", Permission.AuditRead, Permission.ProjectAssign)
            .Refuses(400, "past.moment_invalid")
            .Refuses(404, "past.too_early");
    }

    private static void Previewed(RouteHandlerBuilder route) => route
        .Refuses(404, "change.not_found")
        .Refuses(409, "change.not_revertible", "change.nothing");

    // Beyond these, what the operation refuses that does the same without a past.
    private static void Revertible(RouteHandlerBuilder route) => route
        .Refuses(403, "access.denied", "access.own_confidential", "session.confirmation_needed")
        .Refuses(404, "access.not_found", "change.not_found", "form.not_found", "deployment.not_found", "actor.not_found", "member.not_found", "unit.not_found", "row_condition.not_found", "role.not_held", "grant.not_found")
        .Refuses(409, "change.not_revertible", "change.newer", "change.nothing", "deployment.confirm_final", "account.last_administrator", "row_condition.in_use", "row_condition.too_many", "deployment.exists", "role.held", "role.name_taken", "unit.name_taken")
        .Refuses(422, "role.unfit", "grant.expiry_invalid", "deployment.role_unfit", "deployment.person_unknown", "deployment.name_invalid", "deployment.stages_invalid");

    private static async Task<PastChangePage> ListOfServerAsync(
        Call call, [AsParameters] ChangeQuery query, [Description("Rows at most. Default: 50."), Range(1, MostChanges)] int? limit, ListChanges list, MentionedNames names) =>
        await PageOfAsync(await list.OfServerAsync(call.Actor, query.FilterOf(), MostOf(limit) + 1, call.Aborted), MostOf(limit), null, names, call.Aborted);

    private static async Task<PastChangePage> ListOfProjectAsync(
        Call call,
        long projectId,
        [AsParameters] ChangeQuery query,
        [Description("Rows at most. Default: 50."), Range(1, MostChanges)] int? limit,
        ListChanges list,
        MentionedNames names) => await PageOfAsync(
            await list.OfProjectAsync(call.Actor, new ProjectId(projectId), query.FilterOf(), MostOf(limit) + 1, call.Aborted),
            MostOf(limit),
            new ProjectId(projectId),
            names,
            call.Aborted);

    private static async Task<NoContent> RevertOfServerAsync(Call call, long changeId, JsonBody<RevertBody> body, RevertChange revert)
    {
        WhoAsks.RequirePerson(call.Actor);
        await revert.OfServerAsync(call.Actor, changeId, (await body.ReadAsync()).Wish(), call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> RevertOfProjectAsync(Call call, long projectId, long changeId, JsonBody<RevertBody> body, RevertChange revert)
    {
        await revert.OfProjectAsync(call.Actor, new ProjectId(projectId), changeId, (await body.ReadAsync()).Wish(), call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<PastStateItem> TellAsync(
        Call call,
        long projectId,
        [Description("A day (`2026-03-01`: its end in UTC) or an instant; now when absent.")] string? at,
        StateAsOf state,
        MentionedNames names)
    {
        var project = new ProjectId(projectId);
        var told = await state.RunAsync(call.Actor, project, at, call.Aborted);
        var (mentioned, people) = (PastItems.PlacesOf(told.People), PastItems.ActorsOf(told.People));
        return PastStateItem.Of(told, await names.ReadAsync(mentioned, people, project, call.Aborted));
    }

    private static async Task<PastUnitItem> TellUnitAsync(
        Call call,
        long unitId,
        [Description("A day (`2026-03-01`: its end in UTC) or an instant; now when absent.")] string? at,
        UnitAsOf state,
        MentionedNames names)
    {
        var told = await state.RunAsync(call.Actor, new UnitId(unitId), at, call.Aborted);
        var mentioned = PastItems.PlacesOf(told.People).Concat(told.Units.Select(unit => Scope.Of(new UnitId(unit.Id))));
        var people = PastItems.ActorsOf(told.People).Concat(told.Members.Select(member => member.Actor));
        return PastUnitItem.Of(told, await names.ReadAsync(mentioned, people, null, call.Aborted));
    }

    private static async Task<RevertPreviewItem> PreviewOfServerAsync(Call call, long changeId, PreviewRevert preview, MentionedNames names) =>
        await PreviewAsync(await preview.OfServerAsync(call.Actor, changeId, call.Aborted), null, names, call.Aborted);

    private static async Task<RevertPreviewItem> PreviewOfProjectAsync(
        Call call, long projectId, long changeId, PreviewRevert preview, MentionedNames names)
    {
        var project = new ProjectId(projectId);
        return await PreviewAsync(await preview.OfProjectAsync(call.Actor, project, changeId, call.Aborted), project, names, call.Aborted);
    }

    private static async Task<RevertPreviewItem> PreviewAsync(
        RevertPreview preview, ProjectId? project, MentionedNames names, CancellationToken cancellationToken)
    {
        IReadOnlyList<PastEntry> told = preview.Newer is null ? [preview.Entry] : [preview.Entry, preview.Newer];
        return RevertPreviewItem.Of(preview, await PastItems.NamesAsync(told, project, names, cancellationToken));
    }

    private static int MostOf(int? limit) => limit ?? ChangesAtOnce;

    private static async Task<PastChangePage> PageOfAsync(
        IReadOnlyList<PastEntry> found, int most, ProjectId? project, MentionedNames names, CancellationToken cancellationToken)
    {
        var shown = found.Take(most).ToList();
        var known = await PastItems.NamesAsync(shown, project, names, cancellationToken);
        return new PastChangePage([.. shown.Select(one => PastChangeItem.Of(one, known))], found.Count > shown.Count ? shown[^1].Id : null);
    }

    /// <summary>Which changes are asked for.</summary>
    internal sealed record ChangeQuery
    {
        /// <summary>The `next` of the page before.</summary>
        [Description("The `next` of the page before.")]
        public long? Before { get; init; }

        /// <summary>Only this action.</summary>
        [Description("Only this action, such as `role.assign`.")]
        public string? Action { get; init; }

        /// <summary>Only what this person did.</summary>
        [Description("Only what this person did.")]
        public long? Actor { get; init; }

        /// <summary>Only this kind of thing.</summary>
        [Description("Only this kind of thing, such as `form`.")]
        public string? Kind { get; init; }

        /// <summary>Only this thing.</summary>
        [Description("Only this thing of that kind, by its number.")]
        public string? Subject { get; init; }

        /// <summary>From this day on.</summary>
        [Description("From this instant on, or from the beginning of this day in UTC.")]
        public string? Since { get; init; }

        /// <summary>Before this instant.</summary>
        [Description("Before this instant.")]
        public string? Until { get; init; }

        /// <summary>What the ledger is asked.</summary>
        public EntryFilter FilterOf() =>
            new(Things.Families, Things.Hidden, Before, Action, Actor, Kind, Subject, StateAsOf.InstantOf(Since), StateAsOf.InstantOf(Until));
    }
}
