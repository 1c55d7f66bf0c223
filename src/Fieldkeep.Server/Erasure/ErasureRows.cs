using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Erasure;

/// <summary>Reads and writes the rows of erased projects: how far each has come, so that a process that dies is taken up by the next.</summary>
internal sealed class ErasureRows(Db db, Keyring keyring, TimeProvider clock)
{
    private const string ReasonColumn = "erasure.projects.reason";

    // Longer than any request that had passed the door when the project was still there.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMinutes(10);

    private const string Insert = """
        insert into erasure.projects
            (project_id, key_id, unit_id, by_actor, door, begun_at, reason_row, reason, is_replay, keys, epoch_before)
        values (@project, @key, @unit, @by, @door, @now, @row, @reason, @isReplay, @keys, @epoch)
        on conflict (project_id) do nothing
        """;
    private const string Unfinished = """
        select project_id, key_id, unit_id, by_actor, begun_at, is_replay, keys, epoch_before, keys_destroyed_at, certificate, copies_open,
               rows_erased_at, rows_erased, looked_again_at, reason_row, reason
        from erasure.projects
        where rows_erased_at is null or copies_open or (looked_again_at is null and rows_erased_at < @lookedAgain)
        order by begun_at
        """;
    private const string All = """
        select project_id, key_id, unit_id, by_actor, begun_at, is_replay, keys, epoch_before, keys_destroyed_at, certificate, copies_open,
               rows_erased_at, rows_erased, looked_again_at, reason_row, reason
        from erasure.projects where @everywhere or unit_id = any (@units) order by begun_at desc limit 1000
        """;
    private const string One = """
        select project_id, key_id, unit_id, by_actor, begun_at, is_replay, keys, epoch_before, keys_destroyed_at, certificate, copies_open,
               rows_erased_at, rows_erased, looked_again_at, reason_row, reason
        from erasure.projects where project_id = @project
        """;
    private const string ProjectOf = "select project_id from erasure.projects where key_id = @key";
    private const string Next = "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
    private const string Oldest = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint";
    private const string LookedAgain = "update erasure.projects set looked_again_at = @now where project_id = @project and looked_again_at is null";
    private const string Destroyed = """
        update erasure.projects set keys_destroyed_at = @now, certificate = @certificate, copies_open = @open
        where project_id = @project and keys_destroyed_at is null
        """;
    private const string Copies = "update erasure.projects set copies_open = @open where project_id = @project and copies_open <> @open";
    private const string Count = "update erasure.projects set rows_erased = rows_erased + @rows where project_id = @project";
    private const string Emptied = "update erasure.projects set rows_erased_at = @now where project_id = @project and rows_erased_at is null";

    /// <summary>Notes that a project is to be erased; false when that stands there already.</summary>
    public async Task<bool> InsertAsync(
        Tx tx, Actor actor, ErasureOrder order, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = Guid.CreateVersion7(now);
        var arguments = new
        {
            project = order.Project.Id.Value,
            key = order.Project.Key,
            unit = order.Unit.Value,
            by = actor.Id.Value,
            door = actor.Door.ToString(),
            now,
            row,
            reason = SealedReason.Seal(keyring, ReasonColumn, row, order.Reason),
            isReplay = order.IsReplay,
            keys = order.Keys,
            epoch = order.Epoch,
        };
        return await tx.ExecuteAsync(Insert, arguments, cancellationToken) == 1;
    }

    /// <summary>Lists what is not done yet, oldest first; emptied ones that are to be looked at once more among it.</summary>
    public Task<IReadOnlyList<ErasureRow>> ListUnfinishedAsync(CancellationToken cancellationToken) =>
        db.ListAsync<ErasureRow>(Unfinished, new { lookedAgain = clock.GetUtcNow() - LookAgainAfter }, cancellationToken);

    /// <summary>Finds a project by its entry in the keyring; null when this database knows of no such erasure.</summary>
    public Task<long?> FindProjectAsync(Guid key, CancellationToken cancellationToken) =>
        db.FindAsync<long?>(ProjectOf, new { key }, cancellationToken);

    /// <summary>Waits a while until every transaction that writes at this moment has ended; false when one goes on for longer.</summary>
    public async Task<bool> WaitForWritersAsync(CancellationToken cancellationToken)
    {
        var next = await db.FindAsync<long>(Next, null, cancellationToken);
        for (var looks = 0; looks < 100; looks++)
        {
            if (await db.FindAsync<long>(Oldest, null, cancellationToken) >= next)
            {
                return true;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }

        return false;
    }

    /// <summary>Notes that it was looked once more, and nothing is left.</summary>
    public Task NoteLookedAgainAsync(Tx tx, long project, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(LookedAgain, new { project, now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Lists erasures of projects of some units, newest first.</summary>
    public Task<IReadOnlyList<ErasureRow>> ListAsync(bool everywhere, IEnumerable<long> units, CancellationToken cancellationToken) =>
        db.ListAsync<ErasureRow>(All, new { everywhere, units = units.ToArray() }, cancellationToken);

    /// <summary>Finds one.</summary>
    public Task<ErasureRow?> FindAsync(ProjectId project, CancellationToken cancellationToken) =>
        db.FindAsync<ErasureRow>(One, new { project = project.Value }, cancellationToken);

    /// <summary>Opens the reason that was given.</summary>
    public string ReasonOf(ErasureRow row) =>
        SealedReason.Open(keyring, ReasonColumn, row.ReasonRow, row.Reason);

    /// <summary>Notes that the keys are gone; false when that stands there already.</summary>
    public static async Task<bool> NoteDestroyedAsync(
        Tx tx, long project, DateTimeOffset now, string? certificate, bool isOpen, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(Destroyed, new { project, now, certificate, open = isOpen }, cancellationToken) == 1;

    /// <summary>Notes whether a copy of the keyring is still to be replaced; false when nothing changed.</summary>
    public static async Task<bool> NoteCopiesAsync(Tx tx, long project, bool isOpen, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(Copies, new { project, open = isOpen }, cancellationToken) == 1;

    /// <summary>Counts rows that are gone.</summary>
    public static Task CountAsync(Tx tx, long project, int rows, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Count, new { project, rows }, cancellationToken);

    /// <summary>Notes that no rows are left; false when that stands there already.</summary>
    public async Task<bool> NoteEmptiedAsync(Tx tx, long project, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(Emptied, new { project, now = clock.GetUtcNow() }, cancellationToken) == 1;
}

/// <summary>What is to be erased, and what the keyring held of it.</summary>
/// <param name="Keys">The keys, as JSON of <see cref="CertifiedKey"/>.</param>
/// <param name="IsReplay">The keys were destroyed before; a restore brought the rows back.</param>
internal sealed record ErasureOrder(ProjectRef Project, UnitId Unit, string Reason, string Keys, Guid Epoch, bool IsReplay);

/// <summary>One erasure.</summary>
internal sealed record ErasureRow(
    long ProjectId,
    Guid KeyId,
    long UnitId,
    long ByActor,
    DateTimeOffset BegunAt,
    bool IsReplay,
    string Keys,
    Guid EpochBefore,
    DateTimeOffset? KeysDestroyedAt,
    string? Certificate,
    bool CopiesOpen,
    DateTimeOffset? RowsErasedAt,
    long RowsErased,
    DateTimeOffset? LookedAgainAt,
    Guid ReasonRow,
    byte[] Reason)
{
    /// <summary>The project.</summary>
    public ProjectRef Ref => new(new Kernel.ProjectId(ProjectId), KeyId);
}
