using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations;

/// <summary>Finds the project that is to be erased, and leaves a tombstone of it: a number without a name.</summary>
internal sealed class ErasedProjects(Db db)
{
    private const string One = """
        select id, key_id, name, unit_id as unit, deleted_at is not null as is_trashed, erased_at
        from organisations.projects where id = @id
        """;
    private const string ByKey = """
        select id, key_id, name, unit_id as unit, deleted_at is not null as is_trashed, erased_at
        from organisations.projects where key_id = any (@keys) and erased_at is null
        """;
    private const string Bury = """
        update organisations.projects
        set erased_at = @now, deleted_at = coalesce(deleted_at, @now), removed_with = null, name = 'project ' || id, description = null
        where id = @id and erased_at is null and (@trashed_before::timestamptz is null or deleted_at <= @trashed_before)
        """;

    /// <summary>Finds a project, in the trash or not; whether the actor may see it is asked by the operation.</summary>
    public Task<ErasableProject?> FindAsync(ProjectId id, CancellationToken cancellationToken) =>
        db.FindAsync<ErasableProject>(One, new { id = id.Value }, cancellationToken);

    /// <summary>Lists projects by their entries in the keyring that are not known to be erased here: a restore brought them back.</summary>
    public Task<IReadOnlyList<ErasableProject>> ListByKeyAsync(IEnumerable<Guid> keys, CancellationToken cancellationToken) =>
        db.ListAsync<ErasableProject>(ByKey, new { keys = keys.ToArray() }, cancellationToken);

    /// <summary>Leaves the tombstone and takes the project out of everyone's sight; false when it was done before.</summary>
    public static Task<bool> BuryAsync(Tx tx, ProjectId id, DateTimeOffset now, CancellationToken cancellationToken) =>
        BuryAsync(tx, id, now, null, cancellationToken);

    /// <summary>Does so only when it has lain in the trash since before; false when it was done before, or somebody restored it.</summary>
    public static async Task<bool> BuryAsync(
        Tx tx, ProjectId id, DateTimeOffset now, DateTimeOffset? trashedBefore, CancellationToken cancellationToken)
    {
        if (await tx.ExecuteAsync(Bury, new { id = id.Value, now, trashed_before = trashedBefore }, cancellationToken) == 0)
        {
            return false;
        }

        await Places.HideAsync(tx, Scope.Of(id), isHidden: true, cancellationToken);
        return true;
    }
}

/// <summary>What a higher room keeps in memory of a project, and drops when the project's keys are destroyed.</summary>
internal sealed record MemoryOfProject(Func<ProjectId, Task> ForgetAsync);

/// <summary>A project as its erasure needs it.</summary>
internal sealed record ErasableProject(ProjectId Id, Guid KeyId, string Name, UnitId Unit, bool IsTrashed, DateTimeOffset? ErasedAt);
