using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments;

/// <summary>Keeps the deployments in memory, so that forms without any pay nothing for them.</summary>
/// <remarks>Forgotten with everything else about rights (<see cref="Policy.Forget"/>), and after the same two seconds.</remarks>
internal sealed class DeploymentCatalogue(Db db, KeptRows<KeptDeployment> kept, WhileAway away, AccessEpoch epoch)
{
    /// <summary>The room's rows of an erased project.</summary>
    public static readonly RowsOfProject Deletion = new(40, """
        with gone as (select id from deployments.deployments where project_id = @project limit @rows),
        stages as (delete from deployments.stages where deployment_id in (select id from gone))
        delete from deployments.deployments where id in (select id from gone) returning null::bytea
        """);

    /// <summary>Told when a project is recovered: submissions come along with what reviewers said, outside of any deployment.</summary>
    public static readonly LeftByRecovery Left = new(
        "deployments", "select name from deployments.deployments where project_id = @project and deleted_at is null order by id limit 1000");

    private volatile Remembered? _remembered;

    /// <summary>Gives the deployments of a form; null when it never had any, and its submissions are as ODK Central's.</summary>
    public async ValueTask<IReadOnlyList<Deployment>?> FindAsync(FormId form, CancellationToken cancellationToken)
    {
        var all = await AllAsync(cancellationToken);
        return all.Forms.Contains(form) ? [.. all.ByForm[form]] : null;
    }

    /// <summary>Gives a deployment of a form.</summary>
    /// <exception cref="ProblemException"><c>deployment.not_found</c>.</exception>
    public async ValueTask<Deployment> GetAsync(FormId form, DeploymentId id, CancellationToken cancellationToken) =>
        (await FindAsync(form, cancellationToken))?.FirstOrDefault(deployment => deployment.Id == id) ?? throw DeploymentProblems.NotFound();

    /// <summary>Tells whether a form of a project has, or once had, a deployment.</summary>
    public async ValueTask<bool> HasAnyAsync(ProjectId project, CancellationToken cancellationToken) =>
        (await AllAsync(cancellationToken)).Projects.Contains(project);

    /// <summary>Gives every deployment of the server.</summary>
    public async ValueTask<IReadOnlyList<Deployment>> ListAsync(CancellationToken cancellationToken) =>
        (await AllAsync(cancellationToken)).Deployments;

    private async ValueTask<Remembered> AllAsync(CancellationToken cancellationToken)
    {
        // The epoch was taken before reading: if a change commits meanwhile, this is already out of date.
        var started = epoch.Now();
        if (_remembered is { } known && epoch.IsCurrent(known.At))
        {
            return known;
        }

        var (forms, deployments) = await away.AskAsync(() => ReadAsync(cancellationToken), ReadKept);
        var all = new Remembered(
            started,
            forms.Select(form => form.ProjectId).ToHashSet(),
            forms.Select(form => form.FormId).ToHashSet(),
            deployments,
            deployments.ToLookup(deployment => deployment.Form));
        if (!WhileAway.IsUsed)
        {
            _remembered = all;
        }

        return all;
    }

    private async Task<(IReadOnlyList<DeployedForm> Forms, IReadOnlyList<Deployment> Deployments)> ReadAsync(CancellationToken cancellationToken)
    {
        var forms = await DeploymentRows.ListFormsAsync(db, cancellationToken);
        return (forms, forms.Count == 0 ? [] : await DeploymentRows.ListAsync(db, cancellationToken));
    }

    private (IReadOnlyList<DeployedForm> Forms, IReadOnlyList<Deployment> Deployments) ReadKept() =>
    (
        [.. kept.All.Select(row => new DeployedForm(new ProjectId(row.ProjectId), new FormId(row.FormId))).Distinct()],
        [.. kept.All.Where(row => !row.IsDeleted).Select(row => row.ToDeployment())]
    );

    private sealed record Remembered(
        AccessMoment At,
        IReadOnlySet<ProjectId> Projects,
        IReadOnlySet<FormId> Forms,
        IReadOnlyList<Deployment> Deployments,
        ILookup<FormId, Deployment> ByForm);
}
