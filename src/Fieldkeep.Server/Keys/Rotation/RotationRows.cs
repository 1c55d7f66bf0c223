using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Reads and writes rotations of projects' data keys.</summary>
internal sealed class RotationRows(Db db, TimeProvider clock)
{
    private const string Insert = """
        insert into keys.rotations (project_id, project_key, new_key, old_keys, by_actor, begun_at)
        values (@project, @key, @newKey, @oldKeys, @by, @now)
        """;
    private const string Open = """
        select id, project_id, project_key, new_key, old_keys, by_actor, begun_at, resealed, finished_at, destroy_at, destroyed_at, kept_for_ledger
        from keys.rotations where destroyed_at is null order by id
        """;
    private const string Newest = """
        select id, project_id, project_key, new_key, old_keys, by_actor, begun_at, resealed, finished_at, destroy_at, destroyed_at, kept_for_ledger
        from keys.rotations where project_id = @project order by id desc limit 1
        """;
    private const string AnyUnfinished = "select 1 from keys.rotations where project_id = @project and finished_at is null limit 1";
    private const string Lock = "select pg_advisory_xact_lock(hashtextextended('keys.rotations', @project))";
    private const string Count = "update keys.rotations set resealed = resealed + @rows where id = @id";
    private const string Finish = """
        update keys.rotations set finished_at = @now, destroy_at = @destroyAt where id = @id and finished_at is null
        """;
    private const string End = """
        update keys.rotations set destroyed_at = @now, kept_for_ledger = @kept, finished_at = coalesce(finished_at, @now)
        where id = @id and destroyed_at is null
        """;

    /// <summary>Locks a project's rotations until the transaction ends, and tells whether one is not finished.</summary>
    public static async Task<bool> LockAsync(Tx tx, ProjectId project, CancellationToken cancellationToken)
    {
        await tx.ExecuteAsync(Lock, new { project = project.Value }, cancellationToken);
        return await tx.FindAsync<int>(AnyUnfinished, new { project = project.Value }, cancellationToken) == 1;
    }

    /// <summary>Begins one.</summary>
    public Task InsertAsync(Tx tx, Actor actor, ProjectRef project, KeyId newKey, IEnumerable<KeyId> oldKeys, CancellationToken cancellationToken)
    {
        var arguments = new
        {
            project = project.Id.Value,
            key = project.Key,
            newKey = newKey.Value,
            oldKeys = oldKeys.Select(key => key.Value).ToArray(),
            by = actor.Id.Value,
            now = clock.GetUtcNow(),
        };
        return tx.ExecuteAsync(Insert, arguments, cancellationToken);
    }

    /// <summary>Lists those whose old keys are not destroyed yet.</summary>
    public Task<IReadOnlyList<RotationRow>> ListOpenAsync(CancellationToken cancellationToken) => db.ListAsync<RotationRow>(Open, null, cancellationToken);

    /// <summary>Finds the newest of a project.</summary>
    public Task<RotationRow?> FindNewestAsync(ProjectId project, CancellationToken cancellationToken) =>
        db.FindAsync<RotationRow>(Newest, new { project = project.Value }, cancellationToken);

    /// <summary>Counts values that were sealed anew.</summary>
    public static Task CountAsync(Tx tx, long rotation, int rows, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Count, new { id = rotation, rows }, cancellationToken);

    /// <summary>Notes that nothing living is sealed with an old key; false when that stands there already.</summary>
    public static async Task<bool> FinishAsync(
        Tx tx, long rotation, DateTimeOffset now, DateTimeOffset destroyAt, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(Finish, new { id = rotation, now, destroyAt }, cancellationToken) == 1;

    /// <summary>Notes that the old keys are gone, but for those that the ledger needs.</summary>
    public static async Task<bool> EndAsync(Tx tx, long rotation, DateTimeOffset now, Guid[] kept, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(End, new { id = rotation, now, kept }, cancellationToken) == 1;
}

/// <summary>One rotation.</summary>
internal sealed record RotationRow
{
    /// <summary>Its number.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public long ProjectId { get; init; }

    /// <summary>Its entry in the keyring.</summary>
    public Guid ProjectKey { get; init; }

    /// <summary>The key that seals since.</summary>
    public Guid NewKey { get; init; }

    /// <summary>The keys that only open since.</summary>
    public Guid[] OldKeys { get; init; } = [];

    /// <summary>Who began it.</summary>
    public long ByActor { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset BegunAt { get; init; }

    /// <summary>How many values were sealed anew so far.</summary>
    public long Resealed { get; init; }

    /// <summary>When nothing living was sealed with an old key any more.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When the old keys go.</summary>
    public DateTimeOffset? DestroyAt { get; init; }

    /// <summary>When they went.</summary>
    public DateTimeOffset? DestroyedAt { get; init; }

    /// <summary>Those that stay, because entries of the ledger were sealed with them.</summary>
    public Guid[]? KeptForLedger { get; init; }

    /// <summary>The project.</summary>
    public ProjectRef Project => new(new ProjectId(ProjectId), ProjectKey);
}
