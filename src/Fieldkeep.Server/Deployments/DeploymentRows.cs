using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments;

/// <summary>Reads deployments with their stages.</summary>
internal static class DeploymentRows
{
    private const string Columns = """
        select id, project_id, form_id, name, is_active, allow_same_person, reapprove_on_edit, enumerator_admin_final,
               show_provenance_to_viewers, created_at
        from deployments.deployments

        """;

    private const string All = Columns + " where deleted_at is null order by form_id, id";

    private const string Held = Columns + " where id = @id and deleted_at is null for share";

    private const string Locked = Columns + " where id = @id and deleted_at is null for update";

    private const string HeldOfForm = Columns + " where form_id = @form and deleted_at is null order by id for share";

    private const string LockedOfForm = Columns + " where form_id = @form and deleted_at is null order by id for update";

    private const string HeldMany = "select id from deployments.deployments where id = any (@ids) order by id for share";

    private const string HeldManyAtOnce = HeldMany + " nowait";

    private const string Forms = "select distinct project_id, form_id from deployments.deployments";

    private const string StageColumns = """
        select id, deployment_id, name, min_approvals, prevent_editing from deployments.stages

        """;

    private const string AllStages = StageColumns + " where ended_at is null order by deployment_id, position";

    private const string StagesOfForm = StageColumns + """
         where ended_at is null and deployment_id in (select id from deployments.deployments where form_id = @form)
        order by deployment_id, position
        """;

    private const string StagesOf = StageColumns + " where deployment_id = @id and ended_at is null order by position";

    /// <summary>Lists every deployment that was not deleted.</summary>
    public static async Task<IReadOnlyList<Deployment>> ListAsync(Sql sql, CancellationToken cancellationToken)
    {
        var rows = await sql.ListAsync<Row>(All, null, cancellationToken);
        var stages = (await sql.ListAsync<StageRow>(AllStages, null, cancellationToken)).ToLookup(stage => stage.DeploymentId);
        return [.. rows.Select(row => row.With(stages[row.Id]))];
    }

    /// <summary>Lists the forms that have, or once had, a deployment.</summary>
    public static Task<IReadOnlyList<DeployedForm>> ListFormsAsync(Sql sql, CancellationToken cancellationToken) =>
        sql.ListAsync<DeployedForm>(Forms, null, cancellationToken);

    /// <summary>Finds a deployment and keeps it from changing until the commit; null when it is gone.</summary>
    public static Task<Deployment?> HoldAsync(Tx tx, DeploymentId id, CancellationToken cancellationToken) =>
        FindAsync(tx, Held, id, cancellationToken);

    /// <summary>Lists the deployments of a form and keeps them from changing until the commit. Before submissions are locked, never after.</summary>
    public static Task<IReadOnlyList<Deployment>> HoldOfFormAsync(Tx tx, FormId form, CancellationToken cancellationToken) =>
        ListOfFormAsync(tx, HeldOfForm, form, cancellationToken);

    /// <summary>Lists the deployments of a form in order to change who belongs to which.</summary>
    public static Task<IReadOnlyList<Deployment>> LockOfFormAsync(Tx tx, FormId form, CancellationToken cancellationToken) =>
        ListOfFormAsync(tx, LockedOfForm, form, cancellationToken);

    private static async Task<IReadOnlyList<Deployment>> ListOfFormAsync(Tx tx, string sql, FormId form, CancellationToken cancellationToken)
    {
        var rows = await tx.ListAsync<Row>(sql, new { form }, cancellationToken);
        var stages = (await tx.ListAsync<StageRow>(StagesOfForm, new { form }, cancellationToken)).ToLookup(stage => stage.DeploymentId);
        return [.. rows.Select(row => row.With(stages[row.Id]))];
    }

    /// <summary>Keeps deployments from changing until the commit.</summary>
    /// <param name="waits">Whether it waits while somebody changes one; otherwise <see cref="DatabaseFailure.IsHeld"/> is true of what is thrown.</param>
    public static Task HoldAsync(Tx tx, IEnumerable<DeploymentId> ids, bool waits, CancellationToken cancellationToken) =>
        tx.ListAsync<long>(
            waits ? HeldMany : HeldManyAtOnce,
            new { ids = ids.Select(id => id.Value).Distinct().Order().ToArray() },
            cancellationToken);

    /// <summary>Finds a deployment in order to change it; null when it is gone.</summary>
    public static Task<Deployment?> LockAsync(Tx tx, DeploymentId id, CancellationToken cancellationToken) =>
        FindAsync(tx, Locked, id, cancellationToken);

    private static async Task<Deployment?> FindAsync(Tx tx, string sql, DeploymentId id, CancellationToken cancellationToken) =>
        await tx.FindAsync<Row>(sql, new { id }, cancellationToken) is { } row
            ? row.With(await tx.ListAsync<StageRow>(StagesOf, new { id }, cancellationToken))
            : null;

    private sealed class Row
    {
        public long Id { get; init; }

        public long ProjectId { get; init; }

        public long FormId { get; init; }

        public string Name { get; init; } = "";

        public bool IsActive { get; init; }

        public bool AllowSamePerson { get; init; }

        public bool ReapproveOnEdit { get; init; }

        public bool EnumeratorAdminFinal { get; init; }

        public bool ShowProvenanceToViewers { get; init; }

        public DateTimeOffset CreatedAt { get; init; }

        public Deployment With(IEnumerable<StageRow> stages) => new(
            new DeploymentId(Id),
            new ProjectId(ProjectId),
            new FormId(FormId),
            Name,
            IsActive,
            new DeploymentOptions(AllowSamePerson, ReapproveOnEdit, EnumeratorAdminFinal, ShowProvenanceToViewers),
            [.. stages.Select(stage => new DeploymentStage(new StageId(stage.Id), stage.Name, stage.MinApprovals, stage.PreventEditing))],
            CreatedAt);
    }

    private sealed record StageRow(long Id, long DeploymentId, string Name, int MinApprovals, bool PreventEditing);
}

/// <summary>A form that has, or once had, a deployment.</summary>
internal sealed record DeployedForm(ProjectId ProjectId, FormId FormId);
