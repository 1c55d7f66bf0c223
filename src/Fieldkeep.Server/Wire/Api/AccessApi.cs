using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Organisations.People;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/access</c> and what tells and changes who reaches a project.</summary>
internal static class AccessApi
{
    private const int ChangesAtOnce = 100;

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var access = api.MapGroup("/access").WithTags("Access");
        access.MapPost("/grants", GiveAsync)
            .Declare("giveRole", "Give a person, or the people of a unit, a role at a unit, a project or a form")
            .Refuses(400, "place.invalid")
            .Refuses(403, "access.denied", "access.own_confidential", "session.confirmation_needed")
            .Refuses(404, "access.not_found", "member.not_found", "unit.not_found")
            .Refuses(409, "account.last_administrator")
            .Refuses(422, "role.unfit", "grant.expiry_invalid");
        access.MapDelete("/grants/{id:long}", EndAsync)
            .Declare("takeRole", "Take a role away; it acts on the next request")
            .Refuses(403, "access.denied", "session.confirmation_needed")
            .Refuses(404, "access.not_found", "grant.not_found")
            .Refuses(409, "account.last_administrator")
            .Refuses(422, "role.unfit");
        access.MapGet("/explanations", ExplainAsync)
            .Declare("explainAccess", "Say whether somebody may do something at a place, and why")
            .Refuses(400, "place.invalid", "permission.unknown")
            .Refuses(403, "access.denied")
            .Refuses(404, "access.not_found", "member.not_found");

        var project = api.MapGroup("/projects/{projectId:long}").WithTags("Access");
        project.MapGet("/people", ListPeopleAsync)
            .Declare("listProjectPeople", "List who reaches a project and how, now or on a day", Permission.ProjectAssign)
            .Refuses(400, "place.at_invalid");
        project.MapGet("/candidates", FindCandidatesAsync)
            .Declare("findCandidates", "Find people and units by name, to give them a role in a project", Permission.ProjectAssign);
        project.MapGet("/access-changes", ListChangesAsync)
            .Declare("listAccessChanges", "List how the rights at a project changed, newest first", Permission.ProjectAssign)
            .Refuses(400, "audit.bad_cursor");
        project.MapGet("/transfer", PreviewTransferAsync)
            .Declare("previewTransfer", "Say who would lose and who would win a project by a transfer", Permission.ProjectDelete, Permission.ProjectCreate)
            .Refuses(400, "place.invalid");
        project.MapPost("/transfer", TransferAsync)
            .Declare("transferProject", "Give a project to another unit", Permission.ProjectDelete, Permission.ProjectCreate)
            .Refuses(400, "place.invalid")
            .Refuses(403, "session.confirmation_needed");
    }

    private static async Task<NoContent> GiveAsync(Call call, JsonBody<NewGrant> body, GiveGrant give)
    {
        var wanted = await body.ReadAsync();
        var subject = wanted.Unit is { } unit ? Subject.Of(new UnitId(unit)) : Subject.Of(new ActorId(wanted.Person ?? 0));
        var grant = new Grant(subject, wanted.Role ?? "", PlaceOf(wanted.Place)) { ExpiresAt = wanted.ExpiresAt };
        await give.RunAsync(call.Actor, grant, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> EndAsync(Call call, long id, EndGrant end)
    {
        await end.RunAsync(call.Actor, id, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<AccessExplanation> ExplainAsync(
        Call call,
        [Description("Whose access; an account's number.")] long person,
        [Description("Such as `unit:3`, `project:5` or `form:7`.")] string place,
        [Description("Such as `submissionRead`.")] string permission,
        ExplainAccess explain,
        MentionedNames places)
    {
        var scope = PlaceOf(place);
        var asked = Enum.TryParse<Permission>(permission, ignoreCase: true, out var known) && Enum.IsDefined(known)
            ? known
            : throw OrganisationProblems.PermissionUnknown();
        var found = await explain.RunAsync(call.Actor, new ActorId(person), scope, asked, call.Aborted);
        var ways = found.Reasons.SelectMany(reason => reason.Ways).ToList();
        var mentioned = found.Reasons.Select(reason => reason.Role.Scope)
            .Concat(found.Reasons.Where(reason => reason.Role.Through.Kind == SubjectKind.Unit).Select(reason => new Scope(ScopeKind.Unit, reason.Role.Through.Id)))
            .Concat(ways.Select(way => way.MemberOf).OfType<UnitId>().Select(Scope.Of))
            .Append(scope);
        var names = await places.ReadAsync(call.Actor, [.. mentioned], ways.Select(way => way.GrantedBy.Value), call.Aborted);
        return new AccessExplanation(
            found.Decision.IsAllowed,
            found.Decision.IsVisible,
            names.Of(scope),
            asked,
            [.. found.Reasons.Select(reason => AccessReason.Of(reason, names))]);
    }

    private static async Task<ItemList<Reacher>> ListPeopleAsync(
        Call call,
        long projectId,
        [Description("A day (`2026-03-01`, in UTC: anyone who reached it at any moment of that day) or an instant; now when absent.")] string? at,
        ReachQueries reach,
        MentionedNames places)
    {
        var project = new ProjectId(projectId);
        var rows = await reach.ListAsync(call.Actor, project, StretchOf(at), call.Aborted);
        var mentioned = rows.Select(row => row.Grant.Scope)
            .Concat(rows.Where(row => row.Grant.Subject.Kind == SubjectKind.Unit).Select(row => new Scope(ScopeKind.Unit, row.Grant.Subject.Id)))
            .Concat(rows.Select(row => row.MemberOf).OfType<UnitId>().Select(Scope.Of));
        var people = rows.Select(row => row.Actor.Value).Concat(rows.Select(row => row.GrantedBy.Value));
        var names = await places.ReadAsync(mentioned, people, project, call.Aborted);
        return ItemList.Of(
            rows.GroupBy(row => row.Actor.Value).OrderBy(group => names.Person(group.Key).Name, StringComparer.OrdinalIgnoreCase).ThenBy(group => group.Key),
            group => Reacher.Of(group.Key, group, names));
    }

    private static async Task<ItemList<CandidateItem>> FindCandidatesAsync(
        Call call,
        long projectId,
        [Description("Part of a name; or the whole e-mail address. Nothing is found without it.")] string? q,
        Policy policy,
        Candidates candidates)
    {
        await policy.RequireAsync(call.Actor, Permission.ProjectAssign, Scope.Of(new ProjectId(projectId)), call.Aborted);
        return await candidates.FindAsync(call.Actor, new ProjectId(projectId), q, call.Aborted);
    }

    private static async Task<AccessChangePage> ListChangesAsync(
        Call call,
        long projectId,
        [Description("The `next` of the page before.")] string? before,
        [Description("Rows at most. Default: 100."), Range(1, 1000)] int? limit,
        ReachQueries reach,
        MentionedNames places)
    {
        var project = new ProjectId(projectId);
        var most = limit ?? ChangesAtOnce;
        var rows = await reach.ListChangesAsync(call.Actor, project, AccessChangeItem.CursorOf(before), most, call.Aborted);
        var scopes = rows.Select(row => new Scope(ScopeNames.KindOf(row.ScopeKind), row.ScopeId))
            .Concat(rows.Where(row => row.SubjectKind == "unit").Select(row => new Scope(ScopeKind.Unit, row.SubjectId ?? 0)));
        var people = rows.Select(row => row.By ?? 0).Concat(rows.Where(row => row.SubjectKind == "actor").Select(row => row.SubjectId ?? 0));
        var names = await places.ReadAsync(scopes, people, project, call.Aborted);
        return new AccessChangePage(
            [.. rows.Select(row => AccessChangeItem.Of(row, names))], rows.Count == most ? AccessChangeItem.CursorOf(rows[^1]) : null);
    }

    private static async Task<TransferPreview> PreviewTransferAsync(
        Call call, long projectId, [Description("The unit to give it to.")] long? unit, TransferProject transfer, MentionedNames places)
    {
        var found = await transfer.PreviewAsync(call.Actor, new ProjectId(projectId), unit is { } goal ? new UnitId(goal) : null, call.Aborted);
        var names = await places.ReadAsync([], found.Losing.Concat(found.Winning).Select(actor => actor.Value), null, call.Aborted);
        return new TransferPreview(
            [.. found.Losing.Select(actor => names.Person(actor.Value))], [.. found.Winning.Select(actor => names.Person(actor.Value))], found.Staying);
    }

    private static async Task<NoContent> TransferAsync(Call call, long projectId, JsonBody<TransferBody> body, TransferProject transfer)
    {
        var wanted = await body.ReadAsync();
        await transfer.RunAsync(call.Actor, new ProjectId(projectId), wanted.Unit is { } goal ? new UnitId(goal) : null, call.Aborted);
        return TypedResults.NoContent();
    }

    private static Scope PlaceOf(string? text) =>
        (text ?? "").Split(':') is [var kind, var number] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? kind switch
            {
                "unit" => Scope.Of(new UnitId(id)),
                "project" => Scope.Of(new ProjectId(id)),
                "form" => Scope.Of(new FormId(id)),
                _ => throw OrganisationProblems.PlaceInvalid(),
            }
            : throw OrganisationProblems.PlaceInvalid();

    private static Stretch? StretchOf(string? at)
    {
        if (string.IsNullOrEmpty(at))
        {
            return null;
        }

        if (DateOnly.TryParseExact(at, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < DateOnly.MaxValue)
        {
            return new Stretch(Midnight(day), Midnight(day.AddDays(1)));
        }

        return DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? new Stretch(instant.ToUniversalTime(), instant.ToUniversalTime())
            : throw OrganisationProblems.AtInvalid();
    }

    private static DateTimeOffset Midnight(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);
}
