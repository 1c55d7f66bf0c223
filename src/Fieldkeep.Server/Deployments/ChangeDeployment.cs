using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments;

/// <summary>What to change of a deployment; null stays.</summary>
/// <param name="IsActive">False closes it: its enumerators see nothing and send nothing. True opens it again.</param>
internal sealed record DeploymentChange(string? Name, bool? IsActive, DeploymentOptions? Options);

/// <summary>Names, closes, opens or deletes a deployment, or changes its options.</summary>
internal sealed class ChangeDeployment(
    Db db, Policy policy, Places places, FormQueries forms, DeploymentCatalogue catalogue, DeploymentBooks books, TimeProvider clock)
{
    private const string Update = """
        update deployments.deployments
        set name = @name, is_active = @active, allow_same_person = @same, reapprove_on_edit = @reapprove,
            enumerator_admin_final = @reopen, show_provenance_to_viewers = @provenance, updated_at = @now
        where id = @id
        """;

    private const string Delete = "update deployments.deployments set deleted_at = @now, is_active = false where id = @id";

    /// <summary>Changes it.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>deployment.not_found</c>, <c>deployment.name_invalid</c>, <c>deployment.exists</c>.
    /// </exception>
    public async Task<Deployment> RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        DeploymentId id,
        DeploymentChange change,
        CancellationToken cancellationToken)
    {
        var form = (await GetChangeableAsync(actor, project, xmlFormId, id, cancellationToken)).Form;
        await using var tx = await db.BeginAsync(cancellationToken);
        var before = await DeploymentRows.LockAsync(tx, id, cancellationToken) ?? throw DeploymentProblems.NotFound();
        var after = new Deployment(
            id,
            before.Project,
            form,
            change.Name is null ? before.Name : CheckDeployment.Name(change.Name),
            change.IsActive ?? before.IsActive,
            change.Options ?? before.Options,
            before.Stages,
            before.CreatedAt);
        var row = new
        {
            id,
            name = after.Name,
            active = after.IsActive,
            same = after.Options.AllowSamePerson,
            reapprove = after.Options.ReapproveOnEdit,
            reopen = after.Options.EnumeratorAdminFinal,
            provenance = after.Options.ShowProvenanceToViewers,
            now = clock.GetUtcNow(),
        };
        try
        {
            await tx.ExecuteAsync(Update, row, cancellationToken);
        }
        catch (Exception problem) when (DatabaseFailure.IsTaken(problem, "deployments_name"))
        {
            throw DeploymentProblems.Exists(after.Name);
        }

        var action = before.IsActive == after.IsActive ? "deployment.change" : after.IsActive ? "deployment.open" : "deployment.close";
        await books.AppendAsync(
            tx, actor, project, action, id, DeploymentBooks.StateOf(before), DeploymentBooks.StateOf(after), after.Name, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return await catalogue.GetAsync(form, id, cancellationToken);
    }

    /// <summary>Deletes it. Its submissions stay where they are, and only who manages the form sees them.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>deployment.not_found</c>.</exception>
    public async Task DeleteAsync(
        Actor actor, ProjectRef project, string xmlFormId, DeploymentId id, CancellationToken cancellationToken)
    {
        var form = (await GetChangeableAsync(actor, project, xmlFormId, id, cancellationToken)).Form;
        await policy.RequireAsync(actor, Permission.DeploymentUpdate, Scope.Of(form), cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var before = await DeploymentRows.LockAsync(tx, id, cancellationToken) ?? throw DeploymentProblems.NotFound();
        await tx.ExecuteAsync(Delete, new { id, now = clock.GetUtcNow() }, cancellationToken);
        foreach (var stage in before.Stages)
        {
            await places.EndAsync(tx, Scope.Of(stage.Id), cancellationToken);
        }

        await places.EndAsync(tx, Scope.Of(id), cancellationToken);
        await books.AppendAsync(
            tx, actor, project, "deployment.delete", id, DeploymentBooks.StateOf(before), null, before.Name, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
    }

    /// <summary>Gets a deployment that the actor may change.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>deployment.not_found</c>.</exception>
    public async Task<Deployment> GetChangeableAsync(
        Actor actor, ProjectRef project, string xmlFormId, DeploymentId id, CancellationToken cancellationToken)
    {
        if (await forms.FindIdAsync(project.Id, xmlFormId, cancellationToken) is not { } form
            || (await catalogue.FindAsync(form, cancellationToken))?.FirstOrDefault(one => one.Id == id) is not { } deployment)
        {
            await policy.RequireAsync(actor, Permission.DeploymentUpdate, Scope.Of(project.Id), cancellationToken);
            throw DeploymentProblems.NotFound();
        }

        var decision = await policy.DecideAsync(actor, Permission.DeploymentUpdate, Scope.Of(id), cancellationToken);
        if (!decision.IsAllowed)
        {
            // Whoever has a role at a stage knows the deployment.
            await policy.RequireAsync(actor, Permission.DeploymentRead, project.Id, form, cancellationToken);
            throw decision.Suspended is { } by ? AccessProblems.ProjectSuspended(by) : AccessProblems.Denied();
        }

        return deployment;
    }
}
