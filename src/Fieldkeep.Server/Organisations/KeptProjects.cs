using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations;

/// <summary>Reads how long projects keep what was moved to their trash, for the server itself; and which projects lie in the trash for longer.</summary>
internal sealed class KeptProjects(Db db)
{
    private const string All = """
        select id, key_id, name, unit_id as unit, trash_days, deleted_at, description, archived, created_at from organisations.projects
        where erased_at is null order by id
        """;

    private const string One = """
        select id, key_id, name, unit_id as unit, trash_days, deleted_at, description, archived, created_at from organisations.projects
        where erased_at is null and id = @id
        """;

    /// <summary>Lists all projects that were not erased, those in the trash too.</summary>
    public Task<IReadOnlyList<KeptProject>> ListAsync(CancellationToken cancellationToken) => db.ListAsync<KeptProject>(All, null, cancellationToken);

    /// <summary>Finds one, in the trash or not; whether the actor may see it is asked by the operation.</summary>
    public Task<KeptProject?> FindAsync(ProjectId id, CancellationToken cancellationToken) =>
        db.FindAsync<KeptProject>(One, new { id = id.Value }, cancellationToken);
}

/// <summary>A project and how long it keeps its trash.</summary>
/// <param name="TrashDays">0 to 180.</param>
/// <param name="DeletedAt">When the project itself was moved to the trash; null when it lies there not.</param>
/// <param name="Archived">Kept, but no longer worked in.</param>
internal sealed record KeptProject(
    ProjectId Id, Guid KeyId, string Name, UnitId Unit, int TrashDays, DateTimeOffset? DeletedAt, string? Description, bool Archived, DateTimeOffset CreatedAt)
{
    /// <summary>So many days a project itself lies in the trash at least: what goes then is its keys, and nothing brings those back.</summary>
    public const int FewestDaysOfProject = 7;

    /// <summary>For how many days the project itself lies in the trash.</summary>
    public int DaysOfProject => Math.Max(TrashDays, FewestDaysOfProject);

    /// <summary>What other rooms need of it.</summary>
    public ProjectRef Ref => new(Id, KeyId);

    /// <summary>Until when something must have been moved to the trash to be due at a moment.</summary>
    public DateTimeOffset DueBefore(DateTimeOffset now) => now.AddDays(-TrashDays);

    /// <summary>Until when the project itself must have been moved to the trash to be erased at a moment.</summary>
    public DateTimeOffset EraseBefore(DateTimeOffset now) => now.AddDays(-DaysOfProject);
}

/// <summary>Says which projects in the trash a higher room may have to give back: they are not erased by the clock.</summary>
internal sealed record ProjectsToGiveBack(Func<CancellationToken, Task<IReadOnlySet<long>>> ListAsync);
