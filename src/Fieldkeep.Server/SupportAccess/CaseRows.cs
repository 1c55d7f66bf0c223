using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Writes and reads the rows of cases.</summary>
internal sealed class CaseRows(CaseReasons reasons, TimeProvider clock)
{
    private const string Columns = """
        select c.id, c.kind, c.operator_id, c.scope_kind, c.scope_id, c.may_export, c.minutes, c.ticket, c.reason_row, c.reason,
            c.asked_by, c.asked_at, c.decided_by, c.decided_at, c.grant_id, c.expires_at,
            coalesce(c.ended_at, case when g.ended_at < c.expires_at then g.ended_at end) as ended_at, coalesce(c.ended_by, g.ended_by) as ended_by
        from support_access.cases c
        left join access.ended_grants_view g on g.id = c.grant_id

        """;
    private const string One = Columns + "where c.id = @id";
    private const string Locked = One + " for update of c";
    private const string Seen = Columns + """
        where (c.operator_id = @actor
                or (@is_operator and c.kind = 'break_glass')
                or (c.scope_kind = 'project' and (@everywhere or c.scope_id = any (@projects)))
                or (c.scope_kind = 'unit' and (@everywhere or c.scope_id = any (@units))))
            and (@before::bigint is null or c.id < @before)
        order by c.id desc
        limit @limit
        """;
    private const string BreakGlass = Columns + """
        where c.kind = 'break_glass' and c.grant_id is not null and c.decided_at >= @from and c.decided_at < @until
            and ((c.scope_kind = 'project' and (@everywhere or c.scope_id = any (@projects)))
                or (c.scope_kind = 'unit' and (@everywhere or c.scope_id = any (@units))))
        order by c.decided_at, c.id
        limit 10000
        """;
    private const string OpenOfOperator = Columns + """
        where c.operator_id = @actor and c.grant_id is not null and c.ended_at is null and g.id is null and c.expires_at > @now
        order by c.expires_at, c.id
        limit 100
        """;
    private const string Untold = Columns + """
        where c.grant_id is not null and c.told_at is null and (c.expires_at <= @now or c.ended_at is not null or g.id is not null)
        order by c.id
        limit 20
        for update of c skip locked
        """;
    private const string Insert = """
        insert into support_access.cases
            (kind, operator_id, scope_kind, scope_id, may_export, minutes, ticket, reason_row, reason, asked_by, asked_at)
        values
            (@kind, @operator, @scope_kind, @scope_id, @may_export, @minutes, @ticket, @row, @reason, @by, @now)
        returning id
        """;
    private const string Decline = """
        update support_access.cases set decided_by = @by, decided_at = @now where id = @id and decided_at is null
        """;
    private const string Approve = """
        update support_access.cases
        set decided_by = @by, decided_at = @now, grant_id = @grant, expires_at = @expires, may_export = @may_export, minutes = @minutes
        where id = @id and decided_at is null
        """;
    private const string End = """
        update support_access.cases set ended_at = @now, ended_by = @by where id = @id and ended_at is null
        """;
    private const string Tell = "update support_access.cases set told_at = @now where id = @id and told_at is null";

    /// <summary>Inserts what was asked for.</summary>
    public async Task<SupportCase> InsertAsync(
        Tx tx, Actor by, CaseKind kind, ActorId named, SupportWish wish, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = Guid.CreateVersion7(now);
        var id = await tx.GetAsync<long>(
            Insert,
            new
            {
                kind = NameOf(kind),
                @operator = named.Value,
                scope_kind = ScopeNames.Of(wish.Scope.Kind),
                scope_id = wish.Scope.Id,
                may_export = wish.MayExport,
                minutes = (int)wish.Length.TotalMinutes,
                ticket = wish.Ticket,
                row,
                reason = reasons.Seal(row, wish.Reason),
                by = by.Id.Value,
                now,
            },
            cancellationToken);
        return await FindAsync(tx, id, cancellationToken) ?? throw SupportProblems.Unknown();
    }

    /// <summary>Finds a case, whoever asks.</summary>
    public async Task<SupportCase?> FindAsync(Sql sql, long id, CancellationToken cancellationToken) =>
        (await sql.FindAsync<Row>(One, new { id }, cancellationToken)) is { } row ? Of(row) : null;

    /// <summary>Finds a case and lets nobody else decide about it until the commit.</summary>
    public async Task<SupportCase?> LockAsync(Tx tx, long id, CancellationToken cancellationToken) =>
        (await tx.FindAsync<Row>(Locked, new { id }, cancellationToken)) is { } row ? Of(row) : null;

    /// <summary>Lists what one may see, newest first.</summary>
    public async Task<IReadOnlyList<SupportCase>> ListAsync(
        Sql sql, ActorId actor, bool isOperator, ScopeSet owned, long? before, int limit, CancellationToken cancellationToken) =>
        Of(await sql.ListAsync<Row>(
            Seen,
            new
            {
                actor = actor.Value,
                is_operator = isOperator,
                everywhere = owned.IsEverywhere,
                projects = owned.Projects.ToArray(),
                units = owned.Units.ToArray(),
                before,
                limit,
            },
            cancellationToken));

    /// <summary>Lists emergencies of some places that were opened within a time.</summary>
    public async Task<IReadOnlyList<SupportCase>> ListBreakGlassAsync(
        Sql sql, ScopeSet owned, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken) =>
        Of(await sql.ListAsync<Row>(
            BreakGlass,
            new { everywhere = owned.IsEverywhere, projects = owned.Projects.ToArray(), units = owned.Units.ToArray(), from, until },
            cancellationToken));

    /// <summary>Lists what an operator may read under now.</summary>
    public async Task<IReadOnlyList<SupportCase>> ListOpenAsync(Sql sql, ActorId actor, CancellationToken cancellationToken) =>
        Of(await sql.ListAsync<Row>(OpenOfOperator, new { actor = actor.Value, now = clock.GetUtcNow() }, cancellationToken));

    /// <summary>Lists some that are over and whose owners were not told; they are the caller's until the commit.</summary>
    public async Task<IReadOnlyList<SupportCase>> LockUntoldAsync(Tx tx, CancellationToken cancellationToken) =>
        Of(await tx.ListAsync<Row>(Untold, new { now = clock.GetUtcNow() }, cancellationToken));

    /// <summary>Notes that the answer is no.</summary>
    public Task DeclineAsync(Tx tx, Actor by, long id, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Decline, new { id, by = by.Id.Value, now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Notes that the answer is yes, and with what it was opened.</summary>
    public Task ApproveAsync(Tx tx, Actor by, SupportCase opened, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(
            Approve,
            new
            {
                id = opened.Id,
                by = by.Id.Value,
                now = clock.GetUtcNow(),
                grant = opened.Grant,
                expires = opened.ExpiresAt,
                may_export = opened.MayExport,
                minutes = opened.Minutes,
            },
            cancellationToken);

    /// <summary>Notes that it ended before its time.</summary>
    public Task EndAsync(Tx tx, Actor by, long id, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(End, new { id, by = by.Id.Value, now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Notes that the owners were told of the end; false when they had been.</summary>
    public async Task<bool> TellAsync(Tx tx, long id, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(Tell, new { id, now = clock.GetUtcNow() }, cancellationToken) == 1;

    private static string NameOf(CaseKind kind) => kind == CaseKind.BreakGlass ? "break_glass" : "support";

    private IReadOnlyList<SupportCase> Of(IReadOnlyList<Row> rows) => [.. rows.Select(Of)];

    private SupportCase Of(Row row) => new(
        row.Id,
        row.Kind == "break_glass" ? CaseKind.BreakGlass : CaseKind.Support,
        new ActorId(row.OperatorId),
        new Scope(ScopeNames.KindOf(row.ScopeKind), row.ScopeId),
        row.MayExport,
        row.Minutes,
        row.Ticket,
        reasons.Open(row.ReasonRow, row.Reason),
        new ActorId(row.AskedBy),
        row.AskedAt,
        Of(row.DecidedBy),
        row.DecidedAt,
        row.GrantId,
        row.ExpiresAt,
        row.EndedAt,
        Of(row.EndedBy));

    private static ActorId? Of(long? actor) => actor is { } id ? new ActorId(id) : null;

    private sealed record Row(
        long Id,
        string Kind,
        long OperatorId,
        string ScopeKind,
        long ScopeId,
        bool MayExport,
        int Minutes,
        string? Ticket,
        Guid ReasonRow,
        byte[] Reason,
        long AskedBy,
        DateTimeOffset AskedAt,
        long? DecidedBy,
        DateTimeOffset? DecidedAt,
        long? GrantId,
        DateTimeOffset? ExpiresAt,
        DateTimeOffset? EndedAt,
        long? EndedBy);
}
