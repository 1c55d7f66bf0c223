using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Answers Central's assignments: on the whole server, in a project, at a single form.</summary>
internal static class AssignmentsV1
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        MapServer(v1.MapGroup("/assignments").WithTags("Assignments"));
        var project = v1.MapGroup("/projects/{projectId:long}/assignments").WithTags("Assignments").Variant("InProject");
        MapForms(project.MapGroup("/forms"));
        MapProject(project);
        MapForm(v1.MapGroup("/projects/{projectId:long}/forms/{formId}/assignments")
            .WithTags("Assignments")
            .Variant("AtForm")
            .Refuses(404, "form.not_found"));
    }

    private static void MapServer(RouteGroupBuilder place)
    {
        place.MapGet("", async (Call call, CentralQuery query, Places places, Assignments assignments) =>
            await assignments.ListAsync(call.Actor, RolePlace.Of(await places.HomeAsync(call.Aborted)), null, query.IsExtended, call.Aborted)).IsList();
        place.MapGet("/{roleId}", async (Call call, string roleId, Places places, Assignments assignments) =>
            await assignments.ListActorsAsync(call.Actor, RolePlace.Of(await places.HomeAsync(call.Aborted)), CentralRole.GrantOf(roleId), call.Aborted)).IsListOfActors();
        place.MapPost("/{roleId}/{actorId:long}", async (Call call, string roleId, long actorId, Places places, AssignRole assign) =>
            await GiveAsync(call.Actor, RolePlace.Of(await places.HomeAsync(call.Aborted)), roleId, actorId, assign, call.Aborted)).IsGiving();
        place.MapDelete("/{roleId}/{actorId:long}", async (Call call, string roleId, long actorId, Places places, AssignRole assign) =>
            await TakeAsync(call.Actor, RolePlace.Of(await places.HomeAsync(call.Aborted)), roleId, actorId, assign, call.Aborted)).IsTaking();
    }

    private static void MapProject(RouteGroupBuilder place)
    {
        place.MapGet("", async (ProjectCall call, CentralQuery query, Assignments assignments) =>
            await assignments.ListAsync(call.Actor, RolePlace.Of(call.Project), null, query.IsExtended, call.Aborted)).IsList();
        place.MapGet("/{roleId}", async (ProjectCall call, string roleId, Assignments assignments) =>
            await assignments.ListActorsAsync(call.Actor, RolePlace.Of(call.Project), CentralRole.GrantOf(roleId), call.Aborted)).IsListOfActors();
        place.MapPost("/{roleId}/{actorId:long}", async (ProjectCall call, string roleId, long actorId, AssignRole assign) =>
            await GiveAsync(call.Actor, RolePlace.Of(call.Project), roleId, actorId, assign, call.Aborted)).IsGiving();
        place.MapDelete("/{roleId}/{actorId:long}", async (ProjectCall call, string roleId, long actorId, AssignRole assign) =>
            await TakeAsync(call.Actor, RolePlace.Of(call.Project), roleId, actorId, assign, call.Aborted)).IsTaking();
    }

    private static void MapForms(RouteGroupBuilder forms)
    {
        forms.MapGet("", async (ProjectCall call, CentralQuery query, Assignments assignments) =>
            await assignments.ListAtFormsAsync(call.Actor, call.Project, null, query.IsExtended, call.Aborted))
            .Declare("listFormAssignments", "List who holds which role at single forms of a project", Permission.ProjectAssign);
        forms.MapGet("/{roleId}", async (ProjectCall call, string roleId, CentralQuery query, Assignments assignments) =>
            await assignments.ListAtFormsAsync(
                call.Actor, call.Project, CentralRole.GrantOf(roleId), query.IsExtended, call.Aborted))
            .Declare("listFormAssignmentsOfRole", "List who holds a role at single forms of a project", Permission.ProjectAssign)
            .Refuses(404, "role.not_found");
    }

    private static void MapForm(RouteGroupBuilder place)
    {
        place.MapGet("", async (FormCall call, CentralQuery query, FormQueries forms, Policy policy, Assignments assignments) =>
            await assignments.ListAsync(call.Actor, await PlaceAsync(call, forms, policy), null, query.IsExtended, call.Aborted)).IsList();
        place.MapGet("/{roleId}", async (FormCall call, string roleId, FormQueries forms, Policy policy, Assignments assignments) =>
            await assignments.ListActorsAsync(
                call.Actor, await PlaceAsync(call, forms, policy), CentralRole.GrantOf(roleId), call.Aborted)).IsListOfActors();
        place.MapPost("/{roleId}/{actorId:long}", async (
            FormCall call, string roleId, long actorId, FormQueries forms, Policy policy, AssignRole assign) =>
            await GiveAsync(call.Actor, await PlaceAsync(call, forms, policy), roleId, actorId, assign, call.Aborted)).IsGiving();
        place.MapDelete("/{roleId}/{actorId:long}", async (
            FormCall call, string roleId, long actorId, FormQueries forms, Policy policy, AssignRole assign) =>
            await TakeAsync(call.Actor, await PlaceAsync(call, forms, policy), roleId, actorId, assign, call.Aborted)).IsTaking();
    }

    // Who may not hand out roles here does not learn which forms there are.
    private static async Task<RolePlace> PlaceAsync(FormCall call, FormQueries forms, Policy policy)
    {
        await policy.RequireAsync(call.Actor, Permission.ProjectAssign, Scope.Of(call.Project.Id), call.Aborted);
        return RolePlace.Of(call.Project, (await forms.GetAsync(call.Project.Id, call.FormId, call.Aborted)).Id);
    }

    private static async Task<Done> GiveAsync(
        Actor actor, RolePlace place, string role, long person, AssignRole assign, CancellationToken cancellationToken)
    {
        await assign.RunAsync(actor, place, new ActorId(person), CentralRole.GrantOf(role), isHeld: true, cancellationToken);
        return Done.Well;
    }

    private static async Task<Done> TakeAsync(
        Actor actor, RolePlace place, string role, long person, AssignRole assign, CancellationToken cancellationToken) =>
        await assign.RunAsync(actor, place, new ActorId(person), CentralRole.GrantOf(role), isHeld: false, cancellationToken)
            ? Done.Well
            : throw new ProblemException("role.not_held", 404, "This role is not held here, so it cannot be taken away.");

    private static void IsList(this RouteHandlerBuilder route) =>
        route.Declare("listAssignments", "List who holds which role here", Permission.ProjectAssign);

    private static void IsListOfActors(this RouteHandlerBuilder route) => route
        .Declare("listActorsWithRole", "List the people and phones that hold a role here", Permission.ProjectAssign)
        .Refuses(404, "role.not_found");

    private static void IsGiving(this RouteHandlerBuilder route) => route
        .Declare("assignRole", "Give a role; nobody gives more than they hold", Permission.ProjectAssign)
        .Refuses(400, "role.unfit", "body.unexpected_value")
        .Refuses(403, "access.own_confidential", "session.confirmation_needed")
        .Refuses(404, "role.not_found", "actor.not_found")
        .ReadsHeader(RequestNotes.Header, "Why, percent-encoded; kept in the audit book.");

    private static void IsTaking(this RouteHandlerBuilder route) => route
        .Declare("removeRole", "Take a role away; the last administrator stays", Permission.ProjectAssign)
        .Refuses(400, "role.unfit", "body.unexpected_value")
        .Refuses(403, "account.last_administrator", "session.confirmation_needed")
        .Refuses(404, "role.not_found", "actor.not_found", "role.not_held")
        .ReadsHeader(RequestNotes.Header, "Why, percent-encoded; kept in the audit book.");
}
