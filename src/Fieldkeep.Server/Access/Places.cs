using System.Collections.Concurrent;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>The tree that rights run down: unit, project, form, deployment, stage. Rooms that make a thing put it in here, in their transaction.</summary>
/// <remarks>A place that moves or goes ends its row; so the tree of any day can be read. Call <see cref="Policy.Forget"/> after the commit.</remarks>
internal sealed class Places(Db db, KeptAccess kept, WhileAway away, AccessEpoch epoch, TimeProvider clock)
{
    // Some 200 bytes each: at most 4 MB.
    private const int MostPaths = 20_000;

    private const string Path = """
        with recursive up as (
            select kind, id, parent_kind, parent_id, is_hidden, 0 as height from access.places where kind = @kind and id = @id and until is null
            union all
            select p.kind, p.id, p.parent_kind, p.parent_id, p.is_hidden, up.height + 1
            from up join access.places p on p.kind = up.parent_kind and p.id = up.parent_id and p.until is null
            where up.height < 100)
        select kind, id from up where not exists (select from up where is_hidden) order by height
        """;
    private const string Below = """
        with recursive down as (
            select kind, id from access.places where kind = 'unit' and id = any (@units) and until is null
            union
            select p.kind, p.id from down join access.places p on p.parent_kind = down.kind and p.parent_id = down.id and p.until is null
            where p.kind in ('unit', 'project') and (@with_hidden or not p.is_hidden))
        select id from down where kind = 'project'
        """;
    private const string UnitsBelow = """
        with recursive down as (
            select id from access.places where kind = 'unit' and id = @unit and until is null
            union
            select p.id from down join access.places p
                on p.kind = 'unit' and p.parent_kind = 'unit' and p.parent_id = down.id and p.until is null)
        select id from down
        """;
    private const string Home = """
        select id from access.places where kind = 'unit' and parent_id is null and until is null order by id limit 1
        """;
    private const string Insert = """
        insert into access.places (kind, id, parent_kind, parent_id, position, since)
        values (@kind, @id, @parent_kind, @parent_id, @position, @now)
        """;
    private const string Hide = """
        update access.places set is_hidden = @is_hidden where kind = @kind and id = @id and until is null
        """;
    private const string End = """
        update access.places set until = @now where kind = @kind and id = @id and until is null
        """;

    private readonly ConcurrentDictionary<Scope, Remembered> _paths = new();

    /// <summary>Gives a place and everything above it, nearest first; nothing when it is not there or in the trash.</summary>
    public async ValueTask<IReadOnlyList<Scope>> PathOfAsync(Scope scope, CancellationToken cancellationToken)
    {
        if (scope.Kind is ScopeKind.Installation)
        {
            return [scope];
        }

        if (scope.Kind is ScopeKind.Account)
        {
            return [scope, Scope.Installation];
        }

        var started = epoch.Now();
        if (_paths.TryGetValue(scope, out var known) && epoch.IsCurrent(known.At))
        {
            return known.Path;
        }

        var path = await away.AskAsync(() => ReadPathAsync(scope, cancellationToken), () => kept.PathOf(scope));
        if (_paths.Count >= MostPaths)
        {
            _paths.Clear();
        }

        if (!WhileAway.IsUsed)
        {
            _paths[scope] = new Remembered(started, path);
        }

        return path;
    }

    /// <summary>Gives the projects of some units and of all units below them.</summary>
    /// <param name="withHidden">Those in the trash too.</param>
    public ValueTask<IReadOnlyList<long>> ProjectsBelowAsync(
        IReadOnlyList<long> units, bool withHidden, CancellationToken cancellationToken) => away.AskAsync(
            () => db.ListAsync<long>(Below, new { units = units.ToArray(), with_hidden = withHidden }, cancellationToken), () => kept.ProjectsBelow(units));

    /// <summary>Gives a unit and all below it.</summary>
    public static async Task<IReadOnlyList<UnitId>> UnitsBelowAsync(Sql sql, UnitId unit, CancellationToken cancellationToken) =>
        [.. (await sql.ListAsync<long>(UnitsBelow, new { unit = unit.Value }, cancellationToken)).Select(id => new UnitId(id))];

    /// <summary>Gives the root unit of this server's first organisation: what ODK Central's clients call the whole site.</summary>
    /// <exception cref="ProblemException"><c>access.not_found</c>: the server is not set up.</exception>
    public static async Task<UnitId> HomeAsync(Sql sql, CancellationToken cancellationToken) =>
        await sql.FindAsync<long?>(Home, null, cancellationToken) is { } id ? new UnitId(id) : throw AccessProblems.Unseen();

    /// <summary>Does the same outside of a transaction.</summary>
    /// <exception cref="ProblemException"><c>access.not_found</c>: the server is not set up.</exception>
    public Task<UnitId> HomeAsync(CancellationToken cancellationToken) => HomeAsync(db, cancellationToken);

    /// <summary>Puts a new place below another; a root unit below none.</summary>
    /// <param name="position">Its place among its neighbours, where that counts.</param>
    public Task AddAsync(Tx tx, Scope place, Scope? parent, int position, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(
            Insert,
            new
            {
                kind = ScopeNames.Of(place.Kind),
                id = place.Id,
                parent_kind = parent is { } above ? ScopeNames.Of(above.Kind) : null,
                parent_id = parent?.Id,
                position,
                now = clock.GetUtcNow(),
            },
            cancellationToken);

    /// <summary>Moves a place below another. That it does not move below itself is the caller's to see, under a lock.</summary>
    public async Task MoveAsync(Tx tx, Scope place, Scope parent, int position, CancellationToken cancellationToken)
    {
        await EndAsync(tx, place, cancellationToken);
        await AddAsync(tx, place, parent, position, cancellationToken);
    }

    /// <summary>Puts a place in the trash, where no role reaches it, or takes it out again.</summary>
    public static Task HideAsync(Tx tx, Scope place, bool isHidden, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Hide, new { kind = ScopeNames.Of(place.Kind), id = place.Id, is_hidden = isHidden }, cancellationToken);

    /// <summary>Takes a place out of the tree: no role above it reaches it any more.</summary>
    public Task EndAsync(Tx tx, Scope place, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(End, new { kind = ScopeNames.Of(place.Kind), id = place.Id, now = clock.GetUtcNow() }, cancellationToken);

    private async Task<IReadOnlyList<Scope>> ReadPathAsync(Scope scope, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<Row>(Path, new { kind = ScopeNames.Of(scope.Kind), id = scope.Id }, cancellationToken);
        return [.. rows.Select(row => new Scope(ScopeNames.KindOf(row.Kind), row.Id))];
    }

    private sealed record Remembered(AccessMoment At, IReadOnlyList<Scope> Path);

    private sealed record Row(string Kind, long Id);
}
