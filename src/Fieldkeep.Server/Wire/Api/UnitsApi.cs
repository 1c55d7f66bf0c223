using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Organisations.Units;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/organisations</c> and <c>/api/units</c>: the tree of organisations, branches and teams.</summary>
internal static class UnitsApi
{
    private static readonly Permission[] Told =
    [
        Permission.UnitUpdate, Permission.MemberList, Permission.MemberUpdate, Permission.ProjectCreate, Permission.ProjectAssign, Permission.ProjectDelete,
        Permission.AuditRead,
    ];

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var organisations = api.MapGroup("/organisations").WithTags("Organisations");
        organisations.MapGet("", ListAsync)
            .Declare("listOrganisations", "List the organisations you belong to; with all names and counts for who runs the server");
        organisations.MapPost("", CreateOrganisationAsync)
            .Declare("createOrganisation", "Create an organisation and invite its first administrator by letter", Permission.OrganisationCreate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(422, "unit.name_invalid", "account.email_invalid", "mail.address_invalid")
            .Refuses(429, "invitation.too_many_letters");

        var units = api.MapGroup("/units").WithTags("Organisations");
        units.MapPost("", CreateAsync)
            .Declare("createUnit", "Create a branch or a team", Permission.UnitUpdate)
            .Refuses(409, "unit.name_taken", "unit.too_deep")
            .Refuses(422, "unit.name_invalid", "unit.misplaced");
        var unit = units.MapGroup("/{unitId:long}");
        unit.MapGet("", GetAsync).Declare("getUnit", "Read a unit and all below it", Permission.UnitRead);
        unit.MapPatch("", UpdateAsync)
            .Declare("updateUnit", "Rename a unit, or move it below another", Permission.UnitUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "unit.root", "unit.circle", "unit.elsewhere", "unit.too_deep", "unit.name_taken")
            .Refuses(422, "unit.name_invalid", "unit.misplaced");
        unit.MapGet("/removal", GetRemovalAsync)
            .Declare("previewUnitRemoval", "Count what goes to the trash with a unit", Permission.UnitUpdate)
            .Refuses(409, "unit.root");
        unit.MapDelete("", RemoveAsync)
            .Declare("removeUnit", "Move a unit to the trash, with its units and projects", Permission.UnitUpdate, Permission.ProjectDelete)
            .Refuses(403, "project.suspended", "session.confirmation_needed")
            .Refuses(409, "unit.root");
        unit.MapPost("/restoration", RestoreAsync)
            .Declare("restoreUnit", "Bring a unit back from the trash, with what went with it", Permission.UnitUpdate)
            .Refuses(409, "unit.parent_removed", "unit.name_taken", "unit.too_deep");
        unit.MapGet("/removed", ListRemovedAsync)
            .Declare("listRemovedUnits", "List the units that lay directly below and are in the trash", Permission.UnitUpdate);
        unit.MapGet("/projects", ListProjectsAsync)
            .Declare("listUnitProjects", "List the projects of a unit and of those below it that you may see", Permission.UnitRead);
    }

    private static async Task<ItemList<OrganisationEntry>> ListAsync(Call call, UnitQueries units) =>
        ItemList.Of(await units.ListOrganisationsAsync(call.Actor, call.Aborted), OrganisationEntry.Of);

    private static async Task<Created<OrganisationEntry>> CreateOrganisationAsync(
        Call call, JsonBody<NewOrganisation> body, CreateOrganisation create)
    {
        var wanted = await body.ReadAsync();
        var made = await create.RunAsync(call.Actor, wanted.Name ?? "", wanted.AdminEmail ?? "", call.Aborted);
        return TypedResults.Created((string?)null, OrganisationEntry.Of(new CountedOrganisation(made, 0, 0, 0, false)));
    }

    private static async Task<Created<UnitItem>> CreateAsync(Call call, JsonBody<NewUnit> body, CreateUnit create)
    {
        var wanted = await body.ReadAsync();
        var kind = wanted.Kind switch { "branch" => UnitKind.Branch, "team" => UnitKind.Team, _ => UnitKind.Organisation };
        var unit = await create.RunAsync(call.Actor, new UnitId(wanted.Parent ?? 0), kind, wanted.Name ?? "", call.Aborted);
        return TypedResults.Created((string?)null, UnitItem.Of(unit));
    }

    private static async Task<UnitChart> GetAsync(Call call, long unitId, UnitQueries units, Policy policy)
    {
        var chart = await units.ChartAsync(call.Actor, new UnitId(unitId), call.Aborted);
        var path = await units.PathAsync(new UnitId(unitId), call.Aborted);
        var may = await Allowances.OfAsync(
            Told, permission => policy.HasAsync(call.Actor, permission, Scope.Of(new UnitId(unitId)), call.Aborted));

        return new UnitChart(
            UnitItem.Of(chart[0]), [.. path.SkipLast(1).Select(PlaceName.Of)], [.. chart.Skip(1).Select(UnitItem.Of)], may);
    }

    private static async Task<UnitItem> UpdateAsync(Call call, long unitId, JsonBody<UnitPatch> body, RenameUnit rename, MoveUnit move, UnitQueries units)
    {
        var wanted = await body.ReadAsync();
        if (wanted.Parent is { } parent)
        {
            await move.RunAsync(call.Actor, new UnitId(unitId), new UnitId(parent), call.Aborted);
        }

        if (wanted.Name is { } name)
        {
            await rename.RunAsync(call.Actor, new UnitId(unitId), name, call.Aborted);
        }

        return UnitItem.Of((await units.ChartAsync(call.Actor, new UnitId(unitId), call.Aborted))[0]);
    }

    private static async Task<UnitRemoval> GetRemovalAsync(Call call, long unitId, UnitQueries units) =>
        UnitRemoval.Of(await units.ContentsAsync(call.Actor, new UnitId(unitId), call.Aborted));

    private static async Task<NoContent> RemoveAsync(Call call, long unitId, RemoveUnit remove)
    {
        await remove.RunAsync(call.Actor, new UnitId(unitId), call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<UnitItem> RestoreAsync(Call call, long unitId, RestoreUnit restore) =>
        UnitItem.Of(await restore.RunAsync(call.Actor, new UnitId(unitId), call.Aborted));

    private static async Task<ItemList<RemovedUnit>> ListRemovedAsync(Call call, long unitId, UnitQueries units, TimeProvider clock) =>
        ItemList.Of(
            await units.ListRemovedAsync(call.Actor, new UnitId(unitId), call.Aborted),
            unit => new RemovedUnit(unit.Id.Value, unit.Kind, unit.Name, unit.RemovedAt ?? clock.GetUtcNow()));

    private static async Task<ItemList<UnitProject>> ListProjectsAsync(Call call, long unitId, ProjectQueries projects) =>
        ItemList.Of(
            await projects.ListOfUnitAsync(call.Actor, new UnitId(unitId), call.Aborted),
            project => new UnitProject(project.Id.Value, project.Unit.Value, project.Name, project.Archived));
}
