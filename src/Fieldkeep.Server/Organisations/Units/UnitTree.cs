using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.Units;

/// <summary>Reads units under the lock of their organisation: one change of a tree at a time, so that no two make a circle.</summary>
internal static class UnitTree
{
    /// <summary>The most levels a tree has, the organisation counted.</summary>
    public const int MostLevels = 8;

    private const string Lock = "select id from organisations.organisations where id = @organisation for update";
    private const string OrganisationOf = "select organisation_id from organisations.units where id = @id";
    private const string One = """
        select id, organisation_id, parent_id, kind, name, created_at, deleted_at from organisations.units where id = @id
        """;
    private const string Levels = """
        with recursive up as (
            select id, parent_id from organisations.units where id = @id
            union all
            select u.id, u.parent_id from up join organisations.units u on u.id = up.parent_id)
        select count(*) from up
        """;
    private const string Below = """
        with recursive down as (
            select id from organisations.units where id = @id
            union
            select u.id from down join organisations.units u on u.parent_id = down.id)
        select id from down
        """;
    private const string Height = """
        with recursive down as (
            select id, 1 as level from organisations.units where id = @id
            union all
            select u.id, down.level + 1 from down join organisations.units u on u.parent_id = down.id and u.deleted_at is null)
        select max(level) from down
        """;

    /// <summary>Lets nobody else change the organisation's tree until the commit, and gives the unit, in the trash or not.</summary>
    /// <exception cref="ProblemException"><c>access.not_found</c>.</exception>
    public static async Task<Unit> LockAsync(Tx tx, UnitId id, CancellationToken cancellationToken)
    {
        var organisation = await tx.FindAsync<long?>(OrganisationOf, new { id = id.Value }, cancellationToken) ?? throw AccessProblems.Unseen();
        await tx.ExecuteAsync(Lock, new { organisation }, cancellationToken);
        return await FindAsync(tx, id, cancellationToken) ?? throw AccessProblems.Unseen();
    }

    /// <summary>Does the same for a unit that is not in the trash.</summary>
    /// <exception cref="ProblemException"><c>access.not_found</c>.</exception>
    public static async Task<Unit> LockLivingAsync(Tx tx, UnitId id, CancellationToken cancellationToken) =>
        await LockAsync(tx, id, cancellationToken) is { RemovedAt: null } unit ? unit : throw AccessProblems.Unseen();

    /// <summary>Finds a unit, in the trash or not.</summary>
    public static async Task<Unit?> FindAsync(Sql sql, UnitId id, CancellationToken cancellationToken) =>
        (await sql.FindAsync<UnitRow>(One, new { id = id.Value }, cancellationToken))?.Unit();

    /// <summary>Gives a unit and all below it, those in the trash too: they come back with what was not taken from them.</summary>
    public static async Task<IReadOnlyList<UnitId>> AllBelowAsync(Sql sql, UnitId id, CancellationToken cancellationToken) =>
        [.. (await sql.ListAsync<long>(Below, new { id = id.Value }, cancellationToken)).Select(one => new UnitId(one))];

    /// <summary>Refuses a unit of which something would stand too deep below a parent.</summary>
    /// <exception cref="ProblemException"><c>unit.too_deep</c>.</exception>
    public static async Task RequireRoomAsync(Tx tx, UnitId parent, UnitId? moved, CancellationToken cancellationToken)
    {
        var above = await tx.GetAsync<long>(Levels, new { id = parent.Value }, cancellationToken);
        var height = moved is { } unit ? await tx.GetAsync<int>(Height, new { id = unit.Value }, cancellationToken) : 1;
        if (above + height > MostLevels)
        {
            throw OrganisationProblems.TooDeep(MostLevels);
        }
    }

    /// <summary>Refuses a unit below one that it cannot stand below: a branch below a team.</summary>
    /// <exception cref="ProblemException"><c>unit.misplaced</c>.</exception>
    public static void RequireFit(UnitKind kind, Unit parent)
    {
        if (kind == UnitKind.Organisation || (kind == UnitKind.Branch && parent.Kind == UnitKind.Team))
        {
            throw OrganisationProblems.Misplaced();
        }
    }
}

/// <summary>A unit as it is stored.</summary>
internal sealed record UnitRow(
    long Id, long OrganisationId, long? ParentId, string Kind, string Name, DateTimeOffset CreatedAt, DateTimeOffset? DeletedAt)
{
    /// <summary>Gives the unit.</summary>
    public Unit Unit() => new(
        new UnitId(Id),
        new OrganisationId(OrganisationId),
        ParentId is { } parent ? new UnitId(parent) : null,
        Enum.Parse<UnitKind>(Kind, ignoreCase: true),
        Name,
        CreatedAt,
        DeletedAt);
}
