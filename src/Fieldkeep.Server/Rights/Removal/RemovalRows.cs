using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
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

        where state = 'burying' or (state = 'waiting' and due_at <= @now) order by id
        """;
    private const string Newest = Columns + " order by id desc limit 500";
    private const string ByHash = Columns + " where cancel_hash = @hash and state = 'waiting' and due_at > @now for update";
    private const string Standing = """
        select distinct on (mark) id, actor_id, mark, state, due_at, begun_at, ended_at from rights.removals
        where state <> 'asked' and begun_at is not null
        order by mark, id desc
        """;
    private const string Lapsed = Columns + " where state = 'asked' and asked_at <= @since order by id";
    private const string One = Columns + " where id = @id";
    private const string CancelAsked = "update rights.removals set state = 'cancelled', ended_at = @now where actor_id = @actor and state = 'asked'";

    // Not from the moment on that it is due: rows may be written anew already.
    private const string Cancel = """
        update rights.removals set state = 'cancelled', ended_at = @now, cancel_hash = null
        where id = @id and (state = 'asked' or (state = 'waiting' and (due_at > @now or @is_late)))
        """;
    private const string Redate = "update rights.removals set due_at = @due, begun_at = @begun, cancel_hash = null where id = @id and state = 'waiting'";
    private const string Bury = """
        update rights.removals set state = 'burying', cancel_hash = null where id = @id and (state = 'burying' or (state = 'waiting' and due_at <= @now))
        """;
    private const string Finish = """
        update rights.removals set state = 'done', ended_at = @now, cancel_hash = null, reason = null, plan = '{}', report = @report
        where id = @id and state = 'burying'
        """;

    /// <summary>How long somebody has to agree to what another asked for.</summary>
    public static readonly TimeSpan AskStands = TimeSpan.FromDays(30);

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
                ? SealedReason.Seal(keyring, ReasonColumn, row, why)
                : null,
            begun = removal.Due is null ? (DateTimeOffset?)null : removal.Begun ?? now,
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
    public Task<RemovalRow?> FindByHashAsync(Tx tx, byte[] hash, CancellationToken cancellationToken) =>
        tx.FindAsync<RemovalRow>(ByHash, new { hash, now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Finds one by its number.</summary>
    public Task<RemovalRow?> FindAsync(long id, CancellationToken cancellationToken) => db.FindAsync<RemovalRow>(One, new { id }, cancellationToken);

    /// <summary>Lists what was asked for and nobody agreed to in time.</summary>
    public Task<IReadOnlyList<RemovalRow>> ListLapsedAsync(CancellationToken cancellationToken) =>
        db.ListAsync<RemovalRow>(Lapsed, new { since = clock.GetUtcNow() - AskStands }, cancellationToken);

    /// <summary>Tells whether what was asked for is too old to be agreed to.</summary>
    public bool IsLapsed(RemovalRow row) => row.AskedAt <= clock.GetUtcNow() - AskStands;

    /// <summary>Lists those whose grace is over.</summary>
    public Task<IReadOnlyList<RemovalRow>> ListUnfinishedAsync(CancellationToken cancellationToken) =>
        db.ListAsync<RemovalRow>(Unfinished, new { now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Lists all, newest first.</summary>
    public Task<IReadOnlyList<RemovalRow>> ListAsync(CancellationToken cancellationToken) =>
        db.ListAsync<RemovalRow>(Newest, null, cancellationToken);

    /// <summary>Tells of every account whose removal ever began in this database how it stands.</summary>
    public Task<IReadOnlyList<StandingRemoval>> ListStandingAsync(CancellationToken cancellationToken) =>
        db.ListAsync<StandingRemoval>(Standing, null, cancellationToken);

    /// <summary>Notes that one is cancelled, and gives when; null when it was, is due, or is done.</summary>
    /// <param name="isLate">Whether it was cancelled before it was due, and only this database does not know.</param>
    public async Task<DateTimeOffset?> CancelAsync(Tx tx, long id, bool isLate, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await tx.ExecuteAsync(Cancel, new { id, now, is_late = isLate }, cancellationToken) == 1 ? now : null;
    }

    /// <summary>Takes away that it was asked for: it was agreed to after this backup was made.</summary>
    public Task CancelAskedAsync(Tx tx, ActorId account, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(CancelAsked, new { actor = account.Value, now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Gives one that waits the instants of a later one, which this database does not know.</summary>
    public Task RedateAsync(long id, DateTimeOffset due, DateTimeOffset begun, CancellationToken cancellationToken) =>
        db.ExecuteAsync(Redate, new { id, due, begun }, cancellationToken);

    /// <summary>Notes that nobody gets this account back any more; false when it was cancelled or is done. Committed before anything is written anew.</summary>
    public async Task<bool> BuryAsync(long id, CancellationToken cancellationToken) =>
        await db.ExecuteAsync(Bury, new { id, now = clock.GetUtcNow() }, cancellationToken) == 1;

    /// <summary>Notes that one is done; false when that stands there already.</summary>
    public async Task<bool> FinishAsync(Tx tx, long id, string report, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(Finish, new { id, report, now = clock.GetUtcNow() }, cancellationToken) == 1;

    /// <summary>Opens the reason that was given; null for none.</summary>
    public string? ReasonOf(RemovalRow row) => row.Reason is { } reason
        ? SealedReason.Open(keyring, ReasonColumn, row.ReasonRow, reason)
        : null;
}

/// <summary>A removal that is asked for, or begins.</summary>
/// <param name="Due">When its grace is over; null while a second administrator has to agree.</param>
internal sealed record NewRemoval(
    ActorId Account, Guid Mark, string? Reason, DateTimeOffset? Due, byte[]? CancelHash, RemovalPlan Plan, bool IsReplay = false, DateTimeOffset? Begun = null);

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

    /// <summary>What the keyring is to know of one that waits.</summary>
    public RemovalNote ToNote() => new StandingRemoval(Id, ActorId, Mark, State, DueAt, BegunAt, EndedAt).ToNote();
}

/// <summary>How the newest removal of an account stands.</summary>
internal sealed record StandingRemoval(
    long Id, long ActorId, Guid Mark, string State, DateTimeOffset? DueAt, DateTimeOffset? BegunAt, DateTimeOffset? EndedAt)
{
    /// <summary>Whether its owner has the account back.</summary>
    public bool IsCancelled => State == "cancelled";

    /// <summary>What the keyring is to know of it.</summary>
    public RemovalNote ToNote()
    {
        var at = (IsCancelled ? EndedAt : BegunAt) ?? DateTimeOffset.UnixEpoch;
        return new RemovalNote(Mark, DueAt ?? at, at, IsCancelled);
    }
}

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
/// <param name="Root">The organisation's root unit that the place lay in then; null for the server itself, and where it was not written down.</param>
internal sealed record PlannedGrant(string Role, ScopeKind Kind, long Place, bool IsOwn, long? Condition, DateTimeOffset? ExpiresAt, long? Root = null);
