using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Access;

/// <summary>
/// Knows what is suspended, in memory and, for when the database is away, in kept rows. <see cref="Policy"/> and the doors ask it. Why, and whom to ask, are
/// opened where they are told.
/// </summary>
internal sealed class Suspensions(Db db, WhileAway away, AccessEpoch epoch, Keyring keyring, TimeProvider clock)
{
    /// <summary>
    /// So long after a suspension nothing is deleted by the clock: whoever could not change a rule, or take something out of the trash, has time to.
    /// </summary>
    public static readonly TimeSpan KeepsFor = TimeSpan.FromDays(7);

    /// <summary>Those of an erased project go: why it was suspended may tell of it.</summary>
    public static readonly RowsOfProject OfProject = new(60, """
        delete from access.suspensions where id in (
            select id from access.suspensions where scope_kind = 'project' and scope_id = @project limit @rows)
        returning null::bytea
        """);

    private const string All = """
        select id, scope_kind, scope_id, row_id, reason, contact, since, until from access.suspensions where lifted_at is null order by id
        """;
    private const string EndEnded = """
        update access.suspensions set lifted_at = until where scope_kind = @kind and scope_id = @id and lifted_at is null and until <= @now
        """;
    private const string Find = """
        select id, scope_kind, scope_id, row_id, reason, contact, since, until from access.suspensions
        where scope_kind = @kind and scope_id = @id and lifted_at is null for update
        """;
    private const string Insert = """
        insert into access.suspensions (scope_kind, scope_id, row_id, reason, contact, since, until)
        values (@kind, @id, @row, @reason, @contact, @since, @until)
        on conflict (scope_kind, scope_id) where lifted_at is null do nothing
        returning id
        """;
    private const string Update = "update access.suspensions set reason = @reason, contact = @contact, until = @until where id = @id";
    private const string Lift = "update access.suspensions set lifted_at = @now where id = @id";
    private const string Kept = """
        select distinct scope_id from access.suspensions
        where scope_kind = 'project' and least(coalesce(lifted_at, 'infinity'), coalesce(until, 'infinity')) > @since
        """;
    private const string Held = """
        select exists (
            select from access.suspensions
            where scope_kind = 'account' and scope_id = @id and least(coalesce(lifted_at, 'infinity'), coalesce(until, 'infinity')) > @since)
        """;

    private const string Among = """
        select id, scope_kind, scope_id, row_id, reason, contact, since, until from access.suspensions
        where scope_kind = @kind and scope_id = any (@ids) and lifted_at is null and (until is null or until > @now)
        order by id limit 1
        """;
    private const string LockAccounts = "select pg_advisory_xact_lock(7224010081)::text";

    private volatile Remembered? _remembered;

    /// <summary>They, as they are kept for when the database is away.</summary>
    public KeptRows<SuspensionRow> Rows { get; } = new("access.suspensions", All, KeyOf);

    /// <summary>Finds what suspends a place at this moment; null when nothing does. From memory of at most two seconds.</summary>
    public async ValueTask<Suspension?> FindAsync(Scope place, CancellationToken cancellationToken)
    {
        var key = KeyOf(ScopeNames.Of(place.Kind), place.Id);
        var known = _remembered;
        if (known is null || !epoch.IsCurrent(known.At))
        {
            var started = epoch.Now();
            var rows = await away.AskAsync(() => db.ListAsync<SuspensionRow>(All, null, cancellationToken), () => [.. Rows.All]);
            known = new Remembered(started, rows.ToDictionary(KeyOf, StringComparer.Ordinal));
            if (!WhileAway.IsUsed)
            {
                _remembered = known;
            }
        }

        return known.ByPlace.TryGetValue(key, out var found) && found.IsOn(clock.GetUtcNow()) ? found.Open(keyring) : null;
    }

    /// <summary>Lists all that hold.</summary>
    public async Task<IReadOnlyList<Suspension>> ListAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return [.. (await db.ListAsync<SuspensionRow>(All, null, cancellationToken)).Where(one => one.IsOn(now)).Select(one => one.Open(keyring))];
    }

    /// <summary>Finds the one of a place, and holds it until the transaction ends; one that ended by itself is closed.</summary>
    public async Task<Suspension?> HoldAsync(Tx tx, Scope place, CancellationToken cancellationToken)
    {
        var of = new { kind = ScopeNames.Of(place.Kind), id = place.Id, now = clock.GetUtcNow() };
        await tx.ExecuteAsync(EndEnded, of, cancellationToken);
        return (await tx.FindAsync<SuspensionRow>(Find, of, cancellationToken))?.Open(keyring);
    }

    /// <summary>Writes a new one; false when somebody was faster. Call <see cref="Policy.Forget"/> after the commit.</summary>
    public async Task<bool> TryAddAsync(Tx tx, Suspension made, CancellationToken cancellationToken)
    {
        var row = Guid.CreateVersion7(made.Since);
        var (reason, contact) = Seal(row, made);
        var arguments = new { kind = made.ScopeKind, id = made.ScopeId, row, reason, contact, since = made.Since, until = made.Until };
        return await tx.FindAsync<long?>(Insert, arguments, cancellationToken) is not null;
    }

    /// <summary>Changes why, whom to ask, and until when.</summary>
    public Task ChangeAsync(Tx tx, Suspension changed, CancellationToken cancellationToken)
    {
        var (reason, contact) = Seal(changed.RowId, changed);
        return tx.ExecuteAsync(Update, new { id = changed.Id, reason, contact, until = changed.Until }, cancellationToken);
    }

    /// <summary>Lifts one. Call <see cref="Policy.Forget"/> after the commit.</summary>
    public Task LiftAsync(Tx tx, Suspension lifted, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Lift, new { id = lifted.Id, now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Lists the projects in which nothing is deleted by the clock: those suspended, and those that were within <see cref="KeepsFor"/>.</summary>
    public async Task<IReadOnlySet<long>> ListKeptProjectsAsync(CancellationToken cancellationToken) =>
        (await db.ListAsync<long>(Kept, new { since = clock.GetUtcNow() - KeepsFor }, cancellationToken)).ToHashSet();

    /// <summary>Whether a project is one of those.</summary>
    public async Task<bool> IsKeptAsync(ProjectId project, CancellationToken cancellationToken) =>
        (await ListKeptProjectsAsync(cancellationToken)).Contains(project.Value);

    /// <summary>Whether an account is suspended, or was within <see cref="KeepsFor"/>: its removal waits.</summary>
    public Task<bool> IsKeptAsync(ActorId account, CancellationToken cancellationToken) =>
        db.GetAsync<bool>(Held, new { id = account.Value, since = clock.GetUtcNow() - KeepsFor }, cancellationToken);

    /// <summary>Refuses what would change or trash several projects, when one of them is suspended, in whatever way it was asked for. By the rows, not by memory.</summary>
    /// <exception cref="ProblemException"><c>project.suspended</c>.</exception>
    public async Task RequireNoneAmongAsync(Tx tx, IEnumerable<long> projects, CancellationToken cancellationToken)
    {
        if (await FindAmongAsync(tx, projects, cancellationToken) is { } by)
        {
            throw AccessProblems.ProjectSuspended(by);
        }
    }

    /// <summary>Finds what suspends one of several projects, by the rows; null when nothing does.</summary>
    public async Task<Suspension?> FindAmongAsync(Sql sql, IEnumerable<long> projects, CancellationToken cancellationToken) =>
        (await sql.FindAsync<SuspensionRow>(Among, new { kind = "project", ids = projects.ToArray(), now = clock.GetUtcNow() }, cancellationToken))?.Open(keyring);

    /// <summary>
    /// Refuses whoever was suspended a moment ago, and until the transaction ends lets nobody else suspend an account: of two who suspend each other one stays.
    /// </summary>
    /// <exception cref="ProblemException"><c>account.suspended</c>.</exception>
    public async Task RequireGoingOnAsync(Tx tx, Actor actor, CancellationToken cancellationToken)
    {
        await tx.FindAsync<string>(LockAccounts, null, cancellationToken);
        var of = new { kind = "account", ids = new[] { actor.Id.Value }, now = clock.GetUtcNow() };
        if (await tx.FindAsync<SuspensionRow>(Among, of, cancellationToken) is { } by)
        {
            throw AccessProblems.AccountSuspended(by.Open(keyring));
        }
    }

    private (byte[] Reason, byte[] Contact) Seal(Guid row, Suspension one) => (
        SealedReason.Seal(keyring, SuspensionRow.ReasonColumn, row, one.Reason), SealedReason.Seal(keyring, SuspensionRow.ContactColumn, row, one.Contact));

    private static string KeyOf(SuspensionRow one) => KeyOf(one.ScopeKind, one.ScopeId);

    private static string KeyOf(string kind, long id) => $"{kind} {id}";

    private sealed record Remembered(AccessMoment At, IReadOnlyDictionary<string, SuspensionRow> ByPlace);
}
