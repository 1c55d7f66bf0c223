using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments;

/// <summary>Makes a deployment of a form. Submissions that are here already stay outside of it.</summary>
internal sealed class CreateDeployment(
    Db db, Policy policy, Places places, FormQueries forms, DeploymentCatalogue catalogue, DeploymentBooks books, TimeProvider clock)
{
    private const string Insert = """
        insert into deployments.deployments
            (project_id, form_id, name, is_active, allow_same_person, reapprove_on_edit, enumerator_admin_final,
             show_provenance_to_viewers, created_by, created_at)
        values (@project, @form, @name, true, @same, @reapprove, @reopen, @provenance, @by, @now)
        returning id
        """;

    /// <summary>Makes it, open and with nobody in it.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>deployment.name_invalid</c>,
    /// <c>deployment.stages_invalid</c>, <c>deployment.exists</c>.
    /// </exception>
    public async Task<Deployment> RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        string? name,
        DeploymentOptions options,
        IReadOnlyList<WantedStage> stages,
        CancellationToken cancellationToken)
    {
        var form = await forms.FindIdAsync(project.Id, xmlFormId, cancellationToken);
        await policy.RequireAsync(
            actor, Permission.DeploymentUpdate, form is { } known ? Scope.Of(known) : Scope.Of(project.Id), cancellationToken);
        var (checkedName, checkedStages) = (CheckDeployment.Name(name), CheckDeployment.Stages(stages));
        var row = new
        {
            project = project.Id,
            form = form ?? throw FormProblems.NotFound(xmlFormId),
            name = checkedName,
            same = options.AllowSamePerson,
            reapprove = options.ReapproveOnEdit,
            reopen = options.EnumeratorAdminFinal,
            provenance = options.ShowProvenanceToViewers,
            by = actor.Id,
            now = clock.GetUtcNow(),
        };
        await using var tx = await db.BeginAsync(cancellationToken);
        DeploymentId id;
        try
        {
            id = new DeploymentId(await tx.GetAsync<long>(Insert, row, cancellationToken));
        }
        catch (Exception problem) when (DatabaseFailure.IsTaken(problem, "deployments_name"))
        {
            throw DeploymentProblems.Exists(checkedName);
        }

        await places.AddAsync(tx, Scope.Of(id), Scope.Of(row.form), 0, cancellationToken);
        await StageRows.ReplaceAsync(tx, places, id, [], checkedStages, row.now, cancellationToken);
        var made = await DeploymentRows.LockAsync(tx, id, cancellationToken) ?? throw DeploymentProblems.NotFound();
        await books.AppendAsync(
            tx, actor, project, "deployment.create", id, null, DeploymentBooks.StateOf(made), checkedName, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return await catalogue.GetAsync(row.form, id, cancellationToken);
    }
}
