using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Recoveries;

/// <summary>Reads and writes what became of recoveries.</summary>
internal sealed class RecoveryRows(Db db, Sealer sealer, TimeProvider clock)
{
    /// <summary>What is sealed of them.</summary>
    public static readonly SealedColumn Told = SealedColumn.ByRow("recoveries.asked.told", EnvelopePurpose.Record);

    /// <summary>They go with the project, and with its copy.</summary>
    public static readonly RowsOfProject OfProject = new(
        50,
        """
        delete from recoveries.asked where id in (
            select id from recoveries.asked where project_id = @project or copy_id = @project limit @rows)
        returning null::bytea
        """);

    private const string Columns = """
        select id, row_id, project_id, unit_id, wanted, state, asked_at, ended_at, backup, as_of, copy_id, counts::text as counts, told, problem_code, problem
        from recoveries.asked

        """;

    private const string All = Columns + "order by id desc limit @limit";
    private const string One = Columns + "where id = @id";

    private const string Insert = """
        insert into recoveries.asked (row_id, project_id, unit_id, wanted, run, state, asked_at)
        values (@row, @project, @unit, @wanted, @run, 'waiting', @now) returning id
        """;

    private const string Begin = """
        update recoveries.asked set state = 'restoring' where run = @run and state = 'waiting' returning id
        """;

    private const string NoteCopying = """
        update recoveries.asked set state = 'copying', backup = @backup, as_of = @as_of where id = @id and state = 'restoring'
        """;

    private const string NoteDone = """
        update recoveries.asked set state = 'done', ended_at = @now, copy_id = @copy, counts = @counts::jsonb, told = @told where id = @id and ended_at is null
        """;

    private const string NoteFailed = """
        update recoveries.asked set state = 'failed', ended_at = @now, problem_code = @code, problem = left(@problem, 1000)
        where ended_at is null and (id = @id or (@id = 0 and (run <> @run or (@is_idle and state <> 'waiting'))))
        """;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    // Those that another run of the server left are nobody's.
    private readonly Guid _run = Guid.CreateVersion7();

    /// <summary>Lists the newest.</summary>
    public Task<IReadOnlyList<AskedRecovery>> ListAsync(int limit, CancellationToken cancellationToken) =>
        db.ListAsync<AskedRecovery>(All, new { limit }, cancellationToken);

    /// <summary>Finds one; null when there is none.</summary>
    public Task<AskedRecovery?> FindAsync(long id, CancellationToken cancellationToken) => db.FindAsync<AskedRecovery>(One, new { id }, cancellationToken);

    /// <summary>Adds one; fails on the index <c>asked_one</c> while another goes on.</summary>
    public Task<long> AddAsync(Tx tx, ProjectId project, UnitId? unit, DateTimeOffset? wanted, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return tx.GetAsync<long>(
            Insert, new { row = Guid.CreateVersion7(now), project, unit = unit?.Value, wanted, run = _run, now }, cancellationToken);
    }

    /// <summary>Ends those that an earlier run of the server left.</summary>
    /// <param name="isIdle">Whether none goes on in this run either: then the end of one could not be noted.</param>
    public Task EndLeftAsync(bool isIdle, CancellationToken cancellationToken) => EndAsync(
        0, isIdle, "recovery.stopped", "The server stopped meanwhile, or its end could not be noted. Look whether the copy is there; else recover the project again.", cancellationToken);

    /// <summary>Takes the one that waits; null when none does.</summary>
    public async Task<AskedRecovery?> BeginAsync(CancellationToken cancellationToken) =>
        await db.FindAsync<long?>(Begin, new { run = _run }, cancellationToken) is { } id ? await FindAsync(id, cancellationToken) : null;

    /// <summary>Notes that what was restored runs.</summary>
    public Task NoteCopyingAsync(long id, string backup, DateTimeOffset asOf, CancellationToken cancellationToken) =>
        db.ExecuteAsync(NoteCopying, new { id, backup, as_of = asOf }, cancellationToken);

    /// <summary>Notes its end.</summary>
    /// <param name="copy">The copy, whose keys seal what is told by name.</param>
    public Task NoteDoneAsync(
        AskedRecovery recovery, ProjectRef copy, RecoveryCounts counts, ToldOfRecovery behind, CancellationToken cancellationToken)
    {
        var told = JsonSerializer.SerializeToUtf8Bytes(behind, Json);
        return db.ExecuteAsync(
            NoteDone,
            new
            {
                id = recovery.Id,
                copy = copy.Id,
                counts = JsonSerializer.Serialize(counts, Json),
                told = sealer.Seal(copy, EnvelopePurpose.Record, Told.Name, recovery.RowId, 1, told),
                now = clock.GetUtcNow(),
            },
            cancellationToken);
    }

    /// <summary>Notes that it failed.</summary>
    /// <param name="problem">A sentence without secrets.</param>
    public Task NoteFailedAsync(long id, string code, string problem, CancellationToken cancellationToken) => EndAsync(id, false, code, problem, cancellationToken);

    /// <summary>Reads the numbers of one; null before its end.</summary>
    public static RecoveryCounts? CountsOf(AskedRecovery recovery) =>
        recovery.Counts is { } counts ? JsonSerializer.Deserialize<RecoveryCounts>(counts, Json) : null;

    /// <summary>Opens what is told of one by name; null before its end.</summary>
    public ToldOfRecovery? ToldOf(AskedRecovery recovery, ProjectRef copy) => recovery.Told is { } told
        ? JsonSerializer.Deserialize<ToldOfRecovery>(sealer.Open(copy, EnvelopePurpose.Record, Told.Name, recovery.RowId, 1, told), Json)
        : null;

    private Task<int> EndAsync(long id, bool isIdle, string code, string problem, CancellationToken cancellationToken) =>
        db.ExecuteAsync(NoteFailed, new { id, is_idle = isIdle, run = _run, code, problem, now = clock.GetUtcNow() }, cancellationToken);
}
