using System.Text;
using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Rights.Removal;

/// <summary>Reads and writes how far each removal of an account is, so that a process that dies is taken up by the next.</summary>
internal sealed class RemovalRows(Db db, Keyring keyring, TimeProvider clock)
{
    private const string ReasonColumn = "rights.removals.reason";

    private const string Columns = """
        select id, actor_id, mark, state, asked_by, asked_at, reason_row, reason, agreed_by, begun_at, due_at, plan, is_replay, ended_at, report
        from rights.removals
        """;
    private const string Insert = """
        insert into rights.removals
            (actor_id, mark, state, asked_by, asked_at, reason_row, reason, begun_at, due_at, cancel_hash, plan, is_replay)
        values (@actor, @mark, @state, @by, @now, @row, @reason, @begun, @due, @hash, @plan, @is_replay)
        on conflict (actor_id) where state in ('asked', 'waiting') do nothing
        returning id
        """;
    private const string Begin = """
        update rights.removals set state = 'waiting', agreed_by = @by, begun_at = @now, due_at = @due, cancel_hash = @hash, plan = @plan
        where id = @id and state = 'asked'
        """;
    private const string OpenOf = Columns + " where actor_id = @actor and state in ('asked', 'waiting')";
    private const string Unfinished = Columns + """

        where state = 'waiting' and due_at <= @now order by id
        """;
    private const string Newest = Columns + " order by id desc limit 500";
    private const string ByHash = Columns + " where cancel_hash = @hash and state = 'waiting' for update";
    private const string Standing = """
        select distinct on (mark) mark, state, due_at from rights.removals where state <> 'asked' and begun_at is not null order by mark, id desc
        """;
    private const string Cancel = "update rights.removals set state = 'cancelled', ended_at = @now, cancel_hash = null where id = @id and state in ('asked', 'waiting')";
    private const string Finish = """
        update rights.removals set state = 'done', ended_at = @now, cancel_hash = null, reason = null, plan = '{}', report = @report
        where id = @id and state = 'waiting'
        """;

    /// <summary>Writes down that an account is to be removed; null when that stands there already.</summary>
    public Task<long?> InsertAsync(Tx tx, Actor by, NewRemoval removal, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = Guid.CreateVersion7(now);
        var arguments = new
        {
            actor = removal.Account.Value,
            mark = removal.Mark,
            state = removal.Due is null ? "asked" : "waiting",
            by = by.Id.Value,
            now,
            row,
            reason = removal.Reason is { } why
                ? Envelope.Seal(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row), Encoding.UTF8.GetBytes(why))
                : null,
            begun = removal.Due is null ? (DateTimeOffset?)null : now,
            due = removal.Due,
            hash = removal.CancelHash,
            plan = JsonSerializer.Serialize(removal.Plan),
            is_replay = removal.IsReplay,
        };
        return tx.FindAsync<long?>(Insert, arguments, cancellationToken);
    }

    /// <summary>Notes that a removal that was asked for begins; false when it was cancelled or begun meanwhile.</summary>
    public async Task<bool> BeginAsync(
        Tx tx, RemovalRow row, Actor by, DateTimeOffset due, byte[]? hash, RemovalPlan plan, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(
            Begin,
            new { id = row.Id, by = by.Id.Value, now = clock.GetUtcNow(), due, hash, plan = JsonSerializer.Serialize(plan) },
            cancellationToken) == 1;

    /// <summary>Finds what is asked or waits for an account.</summary>
    public Task<RemovalRow?> FindOpenAsync(ActorId account, CancellationToken cancellationToken) =>
        db.FindAsync<RemovalRow>(OpenOf, new { actor = account.Value }, cancellationToken);

    /// <summary>Finds and holds the one that a letter's link stops.</summary>
    public static Task<RemovalRow?> FindByHashAsync(Tx tx, byte[] hash, CancellationToken cancellationToken) =>
        tx.FindAsync<RemovalRow>(ByHash, new { hash }, cancellationToken);

    /// <summary>Lists those whose grace is over.</summary>
    public Task<IReadOnlyList<RemovalRow>> ListUnfinishedAsync(CancellationToken cancellationToken) =>
        db.ListAsync<RemovalRow>(Unfinished, new { now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Lists all, newest first.</summary>
    public Task<IReadOnlyList<RemovalRow>> ListAsync(CancellationToken cancellationToken) =>
        db.ListAsync<RemovalRow>(Newest, null, cancellationToken);

    /// <summary>Tells of every account whose removal ever began in this database how it stands.</summary>
    public Task<IReadOnlyList<StandingRemoval>> ListStandingAsync(CancellationToken cancellationToken) =>
        db.ListAsync<StandingRemoval>(Standing, null, cancellationToken);

    /// <summary>Notes that one is cancelled; false when it was, or is done.</summary>
    public async Task<bool> CancelAsync(Tx tx, long id, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(Cancel, new { id, now = clock.GetUtcNow() }, cancellationToken) == 1;

    /// <summary>Notes that one is done; false when that stands there already.</summary>
    public async Task<bool> FinishAsync(Tx tx, long id, string report, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(Finish, new { id, report, now = clock.GetUtcNow() }, cancellationToken) == 1;

    /// <summary>Opens the reason that was given; null for none.</summary>
    public string? ReasonOf(RemovalRow row) => row.Reason is { } reason
        ? Encoding.UTF8.GetString(Envelope.Open(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row.ReasonRow), reason))
        : null;

    private EnvelopeContext ContextOf(Guid row) => new(keyring.InstallationId, Guid.Empty, ReasonColumn, row, 1);
}

/// <summary>A removal that is asked for, or begins.</summary>
/// <param name="Due">When its grace is over; null while a second administrator has to agree.</param>
internal sealed record NewRemoval(
    ActorId Account, Guid Mark, string? Reason, DateTimeOffset? Due, byte[]? CancelHash, RemovalPlan Plan, bool IsReplay = false);

/// <summary>One removal.</summary>
internal sealed record RemovalRow(
    long Id,
    long ActorId,
    Guid Mark,
    string State,
    long AskedBy,
    DateTimeOffset AskedAt,
    Guid ReasonRow,
    byte[]? Reason,
    long? AgreedBy,
    DateTimeOffset? BegunAt,
    DateTimeOffset? DueAt,
    string Plan,
    bool IsReplay,
    DateTimeOffset? EndedAt,
    string? Report)
{
    /// <summary>Whose account it is.</summary>
    public ActorId Account => new(ActorId);
}

/// <summary>How the newest removal of an account stands.</summary>
internal sealed record StandingRemoval(Guid Mark, string State, DateTimeOffset? DueAt);

/// <summary>What is given back when a removal is cancelled: ids only.</summary>
internal sealed record RemovalPlan(IReadOnlyList<PlannedGrant> Grants, IReadOnlyList<long> Units, IReadOnlyList<long> Trashed)
{
    /// <summary>Nothing.</summary>
    public static RemovalPlan Empty { get; } = new([], [], []);

    /// <summary>Reads it back.</summary>
    public static RemovalPlan Of(string json)
    {
        var read = JsonSerializer.Deserialize<RemovalPlan>(json);
        return new RemovalPlan(read?.Grants ?? [], read?.Units ?? [], read?.Trashed ?? []);
    }
}

/// <summary>A role that was held.</summary>
internal sealed record PlannedGrant(string Role, ScopeKind Kind, long Place, bool IsOwn, long? Condition, DateTimeOffset? ExpiresAt);
