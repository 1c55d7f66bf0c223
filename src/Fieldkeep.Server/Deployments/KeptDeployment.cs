using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments;

/// <summary>A deployment as it is kept for when the database is away: what a new submission asks of it.</summary>
internal sealed record KeptDeployment
{
    /// <summary>All there ever were.</summary>
    public const string All = """
        select d.id, d.project_id, d.form_id, d.is_active, d.deleted_at is not null as is_deleted, d.created_at,
            (select count(*) from deployments.stages s where s.deployment_id = d.id and s.ended_at is null)::integer as stages
        from deployments.deployments d
        order by d.id
        """;

    public long Id { get; init; }

    public long ProjectId { get; init; }

    public long FormId { get; init; }

    public bool IsActive { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public int Stages { get; init; }

    /// <summary>Gives it with as many stages, about which nothing else is known.</summary>
    public Deployment ToDeployment() => new(
        new DeploymentId(Id),
        new ProjectId(ProjectId),
        new FormId(FormId),
        "",
        IsActive,
        new DeploymentOptions(false, false, false, false),
        [.. Enumerable.Range(0, Stages).Select(_ => new DeploymentStage(default, "", 1, true))],
        CreatedAt);
}
