using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
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

        var project = api.MapGroup("/projects/{projectId:long}").WithTags("Past");
        project.MapGet("/changes", ListOfProjectAsync)
            .Declare("listProjectChanges", "List changes of a project's settings and permissions, with what was before and after", Permission.AuditRead)
            .Refuses(400, "past.moment_invalid");
        Revertible(project.MapPost("/changes/{changeId:long}/revert", RevertOfProjectAsync)
            .Declare("revertProjectChange", "Bring back what was before a change of settings or permissions", Permission.AuditRead));
        project.MapGet("/as-of", TellAsync)
            .Declare(
                "getProjectAsOf", "Tell how a project was set up at an instant, and who reached it", Permission.AuditRead, Permission.ProjectAssign)
            .Refuses(400, "past.moment_invalid")
            .Refuses(404, "past.too_early");
    }

    // Beyond these, what the operation refuses that does the same without a past.
    private static void Revertible(RouteHandlerBuilder route) => route
        .Refuses(403, "access.denied", "session.confirmation_needed")
        .Refuses(404, "access.not_found", "change.not_found", "form.not_found", "deployment.not_found", "actor.not_found", "member.not_found", "unit.not_found", "row_condition.not_found", "role.not_held", "grant.not_found")
        .Refuses(409, "change.not_revertible", "change.newer", "change.nothing", "account.last_administrator", "row_condition.in_use", "row_condition.too_many", "deployment.exists", "role.held", "role.name_taken", "unit.name_taken")
        .Refuses(422, "role.unfit", "grant.expiry_invalid", "deployment.role_unfit", "deployment.person_unknown");

    private static async Task<PastChangePage> ListOfServerAsync(
        Call call, [AsParameters] ChangeQuery query, [Description("Rows at most. Default: 50."), Range(1, MostChanges)] int? limit, ListChanges list, AccountQueries accounts) =>
        await PageOfAsync(await list.OfServerAsync(call.Actor, query.FilterOf(), MostOf(limit) + 1, call.Aborted), MostOf(limit), accounts, call.Aborted);

    private static async Task<PastChangePage> ListOfProjectAsync(
        Call call,
        long projectId,
        [AsParameters] ChangeQuery query,
        [Description("Rows at most. Default: 50."), Range(1, MostChanges)] int? limit,
        ListChanges list, AccountQueries accounts) => await PageOfAsync(
            await list.OfProjectAsync(call.Actor, new ProjectId(projectId), query.FilterOf(), MostOf(limit) + 1, call.Aborted),
            MostOf(limit),
            accounts,
            call.Aborted);

    private static async Task<NoContent> RevertOfServerAsync(Call call, long changeId, JsonBody<RevertBody> body, RevertChange revert)
    {
        WhoAsks.RequirePerson(call.Actor);
        await revert.OfServerAsync(call.Actor, changeId, (await body.ReadAsync()).Even, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> RevertOfProjectAsync(Call call, long projectId, long changeId, JsonBody<RevertBody> body, RevertChange revert)
    {
        await revert.OfProjectAsync(call.Actor, new ProjectId(projectId), changeId, (await body.ReadAsync()).Even, call.Aborted);
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
        var mentioned = told.People.Select(row => row.Grant.Scope)
            .Concat(told.People.Where(row => row.Grant.Subject.Kind == SubjectKind.Unit).Select(row => new Scope(ScopeKind.Unit, row.Grant.Subject.Id)))
            .Concat(told.People.Select(row => row.MemberOf).OfType<UnitId>().Select(Scope.Of));
        var people = told.People.Select(row => row.Actor.Value).Concat(told.People.Select(row => row.GrantedBy.Value));
        return PastStateItem.Of(told, await names.ReadAsync(mentioned, people, project, call.Aborted));
    }

    private static int MostOf(int? limit) => Math.Clamp(limit ?? ChangesAtOnce, 1, MostChanges);

    private static async Task<PastChangePage> PageOfAsync(
        IReadOnlyList<PastEntry> found, int most, AccountQueries accounts, CancellationToken cancellationToken)
    {
        var shown = found.Take(most).ToList();
        var names = await accounts.NamesAsync(shown.Select(one => one.Actor.Value).Distinct(), cancellationToken);
        return new PastChangePage([.. shown.Select(one => PastChangeItem.Of(one, names))], found.Count > shown.Count ? shown[^1].Id : null);
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

/// <summary>What to do besides.</summary>
/// <param name="Even">The number of the newest change on the same thing, when that is to be undone, too.</param>
internal sealed record RevertBody(long? Even);

/// <summary>A page of changes.</summary>
/// <param name="Next">What to send as <c>before</c> for older ones; null when there are none.</param>
internal sealed record PastChangePage(IReadOnlyList<PastChangeItem> Items, long? Next);

/// <summary>A change of settings or permissions.</summary>
/// <param name="Id">Its number in the ledger.</param>
/// <param name="Action">Such as <c>project.update</c>.</param>
/// <param name="Before">What was before, as the action has it; null when it began to be, or is not shown to the asker.</param>
/// <param name="After">What was after; null when it ended, or is not shown.</param>
/// <param name="CanRevert">Whether it is of a kind that can be reverted.</param>
internal sealed record PastChangeItem(
    long Id,
    DateTimeOffset At,
    PersonItem Actor,
    string Door,
    string Action,
    long? Project,
    string SubjectKind,
    string SubjectId,
    JsonElement? Before,
    JsonElement? After,
    bool CanRevert)
{
    /// <summary>Shows an entry.</summary>
    public static PastChangeItem Of(PastEntry entry, IReadOnlyDictionary<long, string> names) => new(
        entry.Id,
        entry.At,
        new PersonItem(entry.Actor.Value, names.GetValueOrDefault(entry.Actor.Value, "")),
        entry.Door,
        entry.Action,
        entry.Project,
        entry.SubjectKind,
        entry.SubjectId,
        entry.Before,
        entry.After,
        entry.IsReadable && Things.KeyOf(entry) is not null);
}

/// <summary>How a project was set up at an instant.</summary>
/// <param name="Unreadable">Entries of the ledger that could not be read; where there are any, something may be missing.</param>
internal sealed record PastStateItem(
    DateTimeOffset At,
    PastProject Project,
    IReadOnlyList<PastForm> Forms,
    IReadOnlyList<PastDeployment> Deployments,
    IReadOnlyList<PastCondition> Conditions,
    IReadOnlyList<Reacher> People,
    long Unreadable)
{
    /// <summary>Shows a state.</summary>
    public static PastStateItem Of(PastState state, KnownNames names) => new(
        state.At,
        state.Project,
        state.Forms,
        state.Deployments,
        state.Conditions,
        [
            .. state.People.GroupBy(row => row.Actor.Value)
                .OrderBy(group => names.Person(group.Key).Name, StringComparer.OrdinalIgnoreCase).ThenBy(group => group.Key)
                .Select(group => Reacher.Of(group.Key, group, names)),
        ],
        state.Unreadable);
}
