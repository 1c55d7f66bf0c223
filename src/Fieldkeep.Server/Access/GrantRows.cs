using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Writes and lists grants. They end instead of being deleted. Call <see cref="Policy.Forget"/> after the commit.</summary>
internal sealed class GrantRows(Db db, TimeProvider clock)
{
    /// <summary>Told when a project is recovered: what somebody may in one project says nothing of what they may in another.</summary>
    public static readonly LeftByRecovery Left = new("roles that people and phones held in it", """
        select g.role || ' (' || g.subject_kind || ' ' || g.subject_id || ')' from access.grants g
        where g.ended_at is null and (g.expires_at is null or g.expires_at > now()) and (
            (g.scope_kind = 'project' and g.scope_id = @project)
            or (g.scope_kind = 'form' and g.scope_id in (select p.id from access.places p where p.kind = 'form' and p.parent_kind = 'project' and p.parent_id = @project)))
        order by g.id limit 1000
        """);

    private const string Columns = """
        select id, subject_kind, subject_id, role, scope_kind, scope_id, is_own, condition_id, expires_at, granted_by, granted_at
        from access.grants
        where ended_at is null and (expires_at is null or expires_at > @now)
        """;
    private const string OfScope = Columns + """
         and scope_kind = @kind and scope_id = @id
        order by subject_kind, subject_id, role, id
        """;
    private const string OfForms = Columns + """
         and scope_kind = 'form' and scope_id = any (@forms)
        order by scope_id, subject_kind, subject_id, role, id
        """;
    private const string Holders = """
        select subject_id from access.grants
        where role = @role and scope_kind = @kind and scope_id = @id and subject_kind = 'actor'
            and ended_at is null and expires_at is null and not is_own and condition_id is null
        order by subject_id
        for update
        """;
    private const string EndExpired = """
        update access.grants set ended_at = expires_at
        where ended_at is null and expires_at <= @now and subject_kind = @subject_kind and subject_id = @subject_id
        """;

    // Another end makes another grant.
    private const string EndOtherwise = """
        update access.grants set ended_at = @now, ended_by = @by
        where ended_at is null and subject_kind = @subject_kind and subject_id = @subject_id and role = @role
            and scope_kind = @kind and scope_id = @id and is_own = @is_own and coalesce(condition_id, 0) = coalesce(@condition, 0)
            and expires_at is distinct from @expires_at
        """;
    private const string EndAnother = EndOtherwise + "\nreturning expires_at";
    private const string EndSooner = EndOtherwise + """
         and expires_at is not null and (@expires_at::timestamptz is null or expires_at < @expires_at)
        """;
    private const string Insert = """
        insert into access.grants
            (subject_kind, subject_id, role, scope_kind, scope_id, is_own, condition_id, expires_at, granted_by, granted_at)
        values (@subject_kind, @subject_id, @role, @kind, @id, @is_own, @condition, @expires_at, @by, @now)
        on conflict do nothing
        returning id
        """;
    private const string EndOne = """
        update access.grants set ended_at = @now, ended_by = @by where id = @id and ended_at is null
        """;
    private const string EndOfRoles = """
        update access.grants set ended_at = @now, ended_by = @by
        where ended_at is null and subject_kind = 'actor' and subject_id = @actor and role = any (@roles)
        """;
    private const string HoldersAtAny = """
        select distinct subject_id from access.grants
        where subject_kind = 'actor' and role = any (@roles) and (scope_kind, scope_id) in (
                select kind, id from unnest(@kinds, @ids) as places (kind, id))
            and ended_at is null and (expires_at is null or expires_at > @now)
        order by subject_id
        limit 100
        """;
    private const string End = """
        update access.grants set ended_at = @now, ended_by = @by
        where ended_at is null and subject_kind = @subject_kind and subject_id = @subject_id and role = @role
            and scope_kind = @kind and scope_id = @id and is_own = @is_own and coalesce(condition_id, 0) = coalesce(@condition, 0)
        returning expires_at
        """;
    private const string CountWith = """
        select count(*)::integer from access.grants
        where condition_id = @condition and ended_at is null and (expires_at is null or expires_at > @now)
        """;
    private const string Tree = """
        with recursive down as (
            select kind, id from access.places where kind = @kind and id = @id and until is null
            union
            select p.kind, p.id from down join access.places p on p.parent_kind = down.kind and p.parent_id = down.id and p.until is null)

        """;
    private const string TreeOfUnits = """
        with recursive down as (
            select 'unit'::text as kind, own.id from unnest(@units) as own (id)
            union
            select p.kind, p.id from down join access.places p on p.parent_kind = down.kind and p.parent_id = down.id and p.until is null)

        """;
    private const string Below = TreeOfUnits + """
        select g.id, g.subject_kind, g.subject_id, g.role, g.scope_kind, g.scope_id, g.is_own, g.condition_id, g.expires_at, g.granted_by, g.granted_at
        from down join access.grants g on g.scope_kind = down.kind and g.scope_id = down.id
        where g.ended_at is null and (g.expires_at is null or g.expires_at > @now) and g.subject_kind = 'actor' and g.subject_id = @actor
        order by g.id
        """;
    private const string AllBelow = Tree + """
        select g.id, g.subject_kind, g.subject_id, g.role, g.scope_kind, g.scope_id, g.is_own, g.condition_id, g.expires_at, g.granted_by, g.granted_at
        from down join access.grants g on g.scope_kind = down.kind and g.scope_id = down.id
        where g.ended_at is null and (g.expires_at is null or g.expires_at > @now)
        order by g.id
        """;
    private const string EndBelow = TreeOfUnits + """
        update access.grants g set ended_at = @now, ended_by = @by
        from down
        where g.scope_kind = down.kind and g.scope_id = down.id and g.ended_at is null and g.subject_kind = 'actor' and g.subject_id = @actor
        """;
    private const string One = Columns + " and id = @id";
    private const string OfRole = Columns + " and role = @role order by id";
    private const string OfActor = Columns + " and subject_kind = 'actor' and subject_id = @actor order by id";
    private const string EndOfActor = """
        update access.grants set ended_at = @now, ended_by = @by
        where ended_at is null and subject_kind = 'actor' and subject_id = @actor
        """;

    /// <summary>Lists who holds which role at exactly one place.</summary>
    public async Task<IReadOnlyList<GrantRow>> ListAtAsync(Scope scope, CancellationToken cancellationToken) =>
        Of(await db.ListAsync<Row>(
            OfScope, new { kind = ScopeNames.Of(scope.Kind), id = scope.Id, now = clock.GetUtcNow() }, cancellationToken));

    /// <summary>Lists who holds which role at each of these forms, and not in their project as a whole.</summary>
    public async Task<IReadOnlyList<GrantRow>> ListAtFormsAsync(IEnumerable<FormId> forms, CancellationToken cancellationToken) =>
        Of(await db.ListAsync<Row>(
            OfForms, new { forms = forms.Select(form => form.Value).ToArray(), now = clock.GetUtcNow() }, cancellationToken));

    /// <summary>Lists the actors who hold a role at exactly one place without a limit, and lets nobody take it from any of them until the commit.</summary>
    public static async Task<IReadOnlyList<ActorId>> LockHoldersAsync(
        Tx tx, string role, Scope scope, CancellationToken cancellationToken) =>
        [.. (await tx.ListAsync<long>(Holders, new { role, kind = ScopeNames.Of(scope.Kind), id = scope.Id }, cancellationToken)).Select(id => new ActorId(id))];

    /// <summary>Counts the roles that a condition on rows limits.</summary>
    public Task<int> CountWithAsync(Tx tx, long condition, CancellationToken cancellationToken) =>
        tx.GetAsync<int>(CountWith, new { condition, now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Lists up to a hundred actors who hold one of some roles themselves at one of some places.</summary>
    public Task<IReadOnlyList<long>> ListHoldersAsync(
        Sql sql, IReadOnlyList<string> roles, IReadOnlyList<Scope> places, CancellationToken cancellationToken) =>
        sql.ListAsync<long>(
            HoldersAtAny,
            new
            {
                roles = roles.ToArray(),
                kinds = places.Select(place => ScopeNames.Of(place.Kind)).ToArray(),
                ids = places.Select(place => place.Id).ToArray(),
                now = clock.GetUtcNow(),
            },
            cancellationToken);

    /// <summary>Gives a role; false when it is held already with the same end. One held with another end is replaced.</summary>
    public async Task<bool> AddAsync(Tx tx, Actor by, Grant grant, CancellationToken cancellationToken) =>
        (await GiveAsync(tx, by, grant, cancellationToken)).IsAdded;

    /// <summary>Gives a role as <see cref="AddAsync"/>, and tells which end the one had that it replaced.</summary>
    public async Task<GivenGrant> GiveAsync(Tx tx, Actor by, Grant grant, CancellationToken cancellationToken)
    {
        await tx.ExecuteAsync(EndExpired, ArgumentsOf(by, grant), cancellationToken);
        var replaced = await tx.ListAsync<EndedGrant>(EndAnother, ArgumentsOf(by, grant), cancellationToken);
        return new GivenGrant(await TryAddAsync(tx, by, grant, cancellationToken) is not null, replaced.Count == 0 ? null : replaced[0]);
    }

    /// <summary>Gives a role in the place of another; false when it is held already for as long or longer, which it stays.</summary>
    public async Task<bool> AddUnlessLongerAsync(Tx tx, Actor by, Grant grant, CancellationToken cancellationToken)
    {
        await tx.ExecuteAsync(EndExpired, ArgumentsOf(by, grant), cancellationToken);
        await tx.ExecuteAsync(EndSooner, ArgumentsOf(by, grant), cancellationToken);
        return await TryAddAsync(tx, by, grant, cancellationToken) is not null;
    }

    /// <summary>Gives a role and the number of its grant; null when it is held already, with whatever end.</summary>
    public async Task<long?> TryAddAsync(Tx tx, Actor by, Grant grant, CancellationToken cancellationToken)
    {
        await tx.ExecuteAsync(EndExpired, ArgumentsOf(by, grant), cancellationToken);
        return await tx.FindAsync<long?>(Insert, ArgumentsOf(by, grant), cancellationToken);
    }

    /// <summary>Ends one grant by its number; false when it had ended.</summary>
    public async Task<bool> EndAsync(Tx tx, Actor by, long grant, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(EndOne, new { id = grant, by = by.Id.Value, now = clock.GetUtcNow() }, cancellationToken) == 1;

    /// <summary>Takes all support access of an actor away, such as when they have no second factor any more.</summary>
    public Task EndSupportAsync(Tx tx, Actor by, ActorId actor, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(
            EndOfRoles,
            new
            {
                actor = actor.Value,
                by = by.Id.Value,
                now = clock.GetUtcNow(),
                roles = new[] { RolePermissions.Support, RolePermissions.SupportExport },
            },
            cancellationToken);

    /// <summary>Takes a role away; false when it is not held.</summary>
    public async Task<bool> EndAsync(Tx tx, Actor by, Grant grant, CancellationToken cancellationToken) =>
        await TakeAsync(tx, by, grant, cancellationToken) is not null;

    /// <summary>Takes a role away and tells until when it would have been; null when it is not held.</summary>
    public async Task<EndedGrant?> TakeAsync(Tx tx, Actor by, Grant grant, CancellationToken cancellationToken) =>
        await tx.ListAsync<EndedGrant>(End, ArgumentsOf(by, grant), cancellationToken) is [var ended, ..] ? ended : null;

    /// <summary>Takes every role of an actor away.</summary>
    public Task EndAllAsync(Tx tx, Actor by, ActorId actor, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(EndOfActor, new { actor = actor.Value, by = by.Id.Value, now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Lists what one actor holds at some units, in the trash or not, and at what stands in them.</summary>
    public async Task<IReadOnlyList<GrantRow>> ListBelowAsync(
        Sql sql, IReadOnlyList<UnitId> units, ActorId actor, CancellationToken cancellationToken) =>
        Of(await sql.ListAsync<Row>(Below, BelowArguments(default, units, actor), cancellationToken));

    /// <summary>Lists what anybody holds at a place and below it.</summary>
    public async Task<IReadOnlyList<GrantRow>> ListAllBelowAsync(Sql sql, Scope place, CancellationToken cancellationToken) =>
        Of(await sql.ListAsync<Row>(
            AllBelow, new { kind = ScopeNames.Of(place.Kind), id = place.Id, now = clock.GetUtcNow() }, cancellationToken));

    /// <summary>Takes every role at some units, in the trash or not, and at what stands in them from one actor; gives how many.</summary>
    public Task<int> EndBelowAsync(Tx tx, ActorId by, IReadOnlyList<UnitId> units, ActorId actor, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(EndBelow, BelowArguments(by, units, actor), cancellationToken);

    /// <summary>Finds a grant that holds.</summary>
    public async Task<GrantRow?> FindAsync(Sql sql, long id, CancellationToken cancellationToken) =>
        Of(await sql.ListAsync<Row>(One, new { id, now = clock.GetUtcNow() }, cancellationToken)) is [var found] ? found : null;

    /// <summary>Lists who holds a role, anywhere.</summary>
    public async Task<IReadOnlyList<GrantRow>> ListOfRoleAsync(Sql sql, string role, CancellationToken cancellationToken) =>
        Of(await sql.ListAsync<Row>(OfRole, new { role, now = clock.GetUtcNow() }, cancellationToken));

    /// <summary>Lists what an actor holds of their own, anywhere; at places in the trash too.</summary>
    public async Task<IReadOnlyList<GrantRow>> ListOfAsync(Sql sql, ActorId actor, CancellationToken cancellationToken) =>
        Of(await sql.ListAsync<Row>(OfActor, new { actor = actor.Value, now = clock.GetUtcNow() }, cancellationToken));

    private object BelowArguments(ActorId by, IReadOnlyList<UnitId> units, ActorId actor) =>
        new { units = units.Select(unit => unit.Value).ToArray(), actor = actor.Value, by = by.Value, now = clock.GetUtcNow() };

    private object ArgumentsOf(Actor by, Grant grant) => new
    {
        subject_kind = ScopeNames.Of(grant.Subject.Kind),
        subject_id = grant.Subject.Id,
        role = grant.Role,
        kind = ScopeNames.Of(grant.Scope.Kind),
        id = grant.Scope.Id,
        is_own = grant.IsOwn,
        condition = grant.Condition,
        expires_at = grant.ExpiresAt,
        by = by.Id.Value,
        now = clock.GetUtcNow(),
    };

    private static IReadOnlyList<GrantRow> Of(IReadOnlyList<Row> rows) =>
    [
        .. rows.Select(row => new GrantRow(
            row.Id,
            new Grant(
                new Subject(ScopeNames.SubjectOf(row.SubjectKind), row.SubjectId),
                row.Role,
                new Scope(ScopeNames.KindOf(row.ScopeKind), row.ScopeId))
            {
                IsOwn = row.IsOwn,
                Condition = row.ConditionId,
                ExpiresAt = row.ExpiresAt,
            },
            new ActorId(row.GrantedBy),
            row.GrantedAt)),
    ];

    private sealed record Row(
        long Id,
        string SubjectKind,
        long SubjectId,
        string Role,
        string ScopeKind,
        long ScopeId,
        bool IsOwn,
        long? ConditionId,
        DateTimeOffset? ExpiresAt,
        long GrantedBy,
        DateTimeOffset GrantedAt);
}

/// <summary>What became of giving a role.</summary>
/// <param name="IsAdded">False when it was held already with the same end.</param>
/// <param name="Replaced">The grant with another end that it took the place of; null for none.</param>
internal sealed record GivenGrant(bool IsAdded, EndedGrant? Replaced);

/// <summary>A grant that was taken.</summary>
/// <param name="ExpiresAt">Until when it would have been; null for no end.</param>
internal sealed record EndedGrant(DateTimeOffset? ExpiresAt);

/// <summary>A grant as it stands.</summary>
/// <param name="By">Who gave it.</param>
internal sealed record GrantRow(long Id, Grant Grant, ActorId By, DateTimeOffset At)
{
    /// <summary>The actor who holds it; null when a unit or everyone does.</summary>
    public ActorId? Actor => Grant.Subject.Kind == SubjectKind.Actor ? new ActorId(Grant.Subject.Id) : null;
}
