using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments;

/// <summary>Finds the deployments of a form that someone belongs to, or all of them for who manages the form.</summary>
internal sealed class FindDeployments(Policy policy, FormAccess access, FormQueries forms, DeploymentCatalogue catalogue)
{
    /// <summary>Lists them.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>.</exception>
    public async Task<IReadOnlyList<SeenDeployment>> ListAsync(
        Actor actor, ProjectRef project, string xmlFormId, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.DeploymentRead, project.Id, xmlFormId, cancellationToken);
        var form = await forms.FindIdAsync(project.Id, xmlFormId, cancellationToken) ?? throw FormProblems.NotFound(xmlFormId);
        var decision = await policy.DecideAsync(actor, Permission.DeploymentRead, project.Id, form, cancellationToken);
        var seen = new List<SeenDeployment>();
        foreach (var deployment in await catalogue.FindAsync(form, cancellationToken) ?? [])
        {
            if (!decision.IsLimited || DeploymentRoles.IsIn(decision, deployment))
            {
                var mayChange = await policy.HasAsync(actor, Permission.DeploymentUpdate, Scope.Of(deployment.Id), cancellationToken);
                seen.Add(new SeenDeployment(deployment, mayChange, RolesIn(decision, deployment)));
            }
        }

        return seen;
    }

    /// <summary>Gets one of them.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>deployment.not_found</c>.</exception>
    public async Task<SeenDeployment> GetAsync(
        Actor actor, ProjectRef project, string xmlFormId, DeploymentId id, CancellationToken cancellationToken) =>
        (await ListAsync(actor, project, xmlFormId, cancellationToken)).FirstOrDefault(seen => seen.Deployment.Id == id)
        ?? throw DeploymentProblems.NotFound();

    private static List<string> RolesIn(Decision decision, Deployment deployment) =>
    [
        .. decision.Because
            .Where(role => role.Scope == Scope.Of(deployment.Id) || deployment.Stages.Any(stage => role.Scope == Scope.Of(stage.Id)))
            .Select(role => role.Role).Distinct().Order(StringComparer.Ordinal),
    ];
}

/// <summary>A deployment as someone sees it.</summary>
/// <param name="MayChange">Whether they change it and its people.</param>
/// <param name="Roles">The roles they hold in it.</param>
internal sealed record SeenDeployment(Deployment Deployment, bool MayChange, IReadOnlyList<string> Roles);
