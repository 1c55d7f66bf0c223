using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations.Units;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>The people of a deployment: who collects, approves, manages and reads.</summary>
internal static class DeployedPeopleApi
{
    /// <summary>Maps <c>/people</c> and <c>/candidates</c> below one deployment.</summary>
    public static void Map(RouteGroupBuilder deployment)
    {
        deployment.MapGet("/people", ListAsync)
            .Declare("listDeployedPeople", "List who holds which role in a deployment", Permission.DeploymentUpdate);
        deployment.MapPost("/people", AddAsync)
            .Declare("addDeployedPerson", "Give someone a role in a deployment", Permission.DeploymentUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "deployment.app_user_elsewhere")
            .Refuses(422, "deployment.role_unfit", "deployment.person_unknown");
        deployment.MapPost("/people/remove", RemoveAsync)
            .Declare("removeDeployedPerson", "Take a role in a deployment away from someone", Permission.DeploymentUpdate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(422, "deployment.role_unfit");
        deployment.MapGet("/candidates", FindAsync)
            .Declare("findDeployable", "Find people and units by name, to give them a role in a deployment", Permission.DeploymentUpdate);
    }

    private static async Task<ItemList<DeployedPersonItem>> ListAsync(
        FormCall call, long deploymentId, DeployPeople people, AccountQueries accounts, UnitQueries units)
    {
        var held = await people.ListAsync(call.Actor, call.Project, call.FormId, new DeploymentId(deploymentId), call.Aborted);
        var actors = await accounts.ActorsAsync(held.Select(one => one.Grant.Actor?.Value).OfType<long>(), call.Aborted);
        var named = await units.NamedAsync(
            held.Select(one => one.Grant.Grant.Subject).Where(subject => subject.Kind == SubjectKind.Unit).Select(subject => subject.Id), call.Aborted);
        return ItemList.Of(held, one => DeployedPersonItem.Of(one.Grant, one.Stage, actors, named));
    }

    private static Task<NoContent> AddAsync(
        FormCall call, long deploymentId, JsonBody<DeployedPersonBody> body, ChangeDeployment change, DeployPeople people) =>
        SetAsync(call, deploymentId, body, change, people, isHeld: true);

    private static Task<NoContent> RemoveAsync(
        FormCall call, long deploymentId, JsonBody<DeployedPersonBody> body, ChangeDeployment change, DeployPeople people) =>
        SetAsync(call, deploymentId, body, change, people, isHeld: false);

    private static async Task<NoContent> SetAsync(
        FormCall call, long deploymentId, JsonBody<DeployedPersonBody> body, ChangeDeployment change, DeployPeople people, bool isHeld)
    {
        await change.GetChangeableAsync(call.Actor, call.Project, call.FormId, new DeploymentId(deploymentId), call.Aborted);
        var wanted = await body.ReadAsync();
        await people.RunAsync(
            call.Actor, call.Project, call.FormId, new DeploymentId(deploymentId), wanted.Read(), isHeld, call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<ItemList<CandidateItem>> FindAsync(
        FormCall call,
        long deploymentId,
        [Description("Part of a name; or the whole e-mail address. Nothing is found without it.")] string? q,
        ChangeDeployment change,
        Candidates candidates)
    {
        await change.GetChangeableAsync(call.Actor, call.Project, call.FormId, new DeploymentId(deploymentId), call.Aborted);
        return await candidates.FindAsync(call.Actor, call.Project.Id, q, call.Aborted);
    }
}

/// <summary>Someone who holds a role in a deployment.</summary>
/// <param name="Role"><c>enumerator</c>, <c>deployment-viewer</c>, <c>approver</c>, <c>deployment-manager</c> or <c>deployment-admin</c>.</param>
/// <param name="StageId">The stage, of an approver.</param>
/// <param name="SubjectKind"><c>actor</c>, <c>unit</c> or <c>everyone</c> who is signed in.</param>
/// <param name="SubjectId">The number of the account, app user, public link or unit; 0 for everyone.</param>
/// <param name="Name">Its name; empty when it is not known.</param>
/// <param name="ActorKind"><c>account</c>, <c>app_user</c> or <c>public_link</c>; null for units and everyone.</param>
internal sealed record DeployedPersonItem(string Role, long? StageId, string SubjectKind, long SubjectId, string Name, string? ActorKind)
{
    /// <summary>Shows a grant.</summary>
    public static DeployedPersonItem Of(
        GrantRow row, StageId? stage, IReadOnlyDictionary<long, KnownActor> actors, IReadOnlyDictionary<long, Unit> units)
    {
        var actor = row.Actor is { } id ? actors.GetValueOrDefault(id.Value) : null;
        var unit = row.Actor is null ? units.GetValueOrDefault(row.Grant.Subject.Id) : null;
        return new DeployedPersonItem(
            row.Grant.Role,
            stage?.Value,
            ScopeNames.Of(row.Grant.Subject.Kind),
            row.Grant.Subject.Id,
            actor?.DisplayName ?? unit?.Name ?? "",
            actor?.Kind);
    }
}

/// <summary>A role to give in a deployment, or to take away.</summary>
/// <param name="Role"><c>enumerator</c>, <c>deployment-viewer</c>, <c>approver</c>, <c>deployment-manager</c> or <c>deployment-admin</c>.</param>
/// <param name="StageId">The stage, for an approver.</param>
/// <param name="SubjectKind"><c>actor</c>, <c>unit</c> or <c>everyone</c>. Default: actor.</param>
/// <param name="SubjectId">The number of the account, app user, public link or unit.</param>
internal sealed record DeployedPersonBody([property: Required] string? Role, long? StageId, string? SubjectKind, long? SubjectId)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="ProblemException"><c>deployment.role_unfit</c>.</exception>
    public DeployedPerson Read() => new(
        Role ?? "",
        StageId is { } stage ? new StageId(stage) : null,
        SubjectKind switch
        {
            null or "actor" => Subject.Of(new ActorId(SubjectId ?? 0)),
            "unit" => Subject.Of(new UnitId(SubjectId ?? 0)),
            "everyone" => Subject.Everyone,
            _ => throw DeploymentProblems.RoleUnfit(),
        });
}
