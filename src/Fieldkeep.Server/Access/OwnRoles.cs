using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Keeps the roles that organisations make for themselves. A change ends the row and writes another with the same number.</summary>
internal sealed class OwnRoles(TimeProvider clock)
{
    private const string OfUnit = """
        select id, unit_id, name, permissions, since from access.roles where unit_id = @unit and until is null order by lower(name), id
        """;
    private const string One = """
        select id, unit_id, name, permissions, since from access.roles where id = @id and until is null
        """;
    private const string Lock = One + " for update";
    private const string Insert = """
        insert into access.roles (id, unit_id, name, permissions, since)
        values (coalesce(@id, nextval('access.role_ids')), @unit, @name, @permissions, @now)
        returning id
        """;
    private const string End = "update access.roles set until = @now where id = @id and until is null";

    /// <summary>Lists the roles that a unit, the root of an organisation, made.</summary>
    public static async Task<IReadOnlyList<OwnRole>> ListAsync(Sql sql, UnitId unit, CancellationToken cancellationToken) =>
        [.. (await sql.ListAsync<Row>(OfUnit, new { unit = unit.Value }, cancellationToken)).Select(row => row.Role())];

    /// <summary>Finds the role of a number.</summary>
    public static async Task<OwnRole?> FindAsync(Sql sql, long id, CancellationToken cancellationToken) =>
        (await sql.FindAsync<Row>(One, new { id }, cancellationToken))?.Role();

    /// <summary>Finds the role that a grant names, such as <c>role:7</c>; null when there is none or the name is another's.</summary>
    public static async Task<OwnRole?> FindAsync(Sql sql, string role, CancellationToken cancellationToken) =>
        role.StartsWith(RolePermissions.OwnPrefix, StringComparison.Ordinal)
        && long.TryParse(role.AsSpan(RolePermissions.OwnPrefix.Length), out var id)
        && await FindAsync(sql, id, cancellationToken) is { } found && found.Role == role
            ? found
            : null;

    /// <summary>Finds a role and lets nobody else change it until the commit.</summary>
    public static async Task<OwnRole?> LockAsync(Tx tx, long id, CancellationToken cancellationToken) =>
        (await tx.FindAsync<Row>(Lock, new { id }, cancellationToken))?.Role();

    /// <summary>Writes a role; with the number of an ended one, its next version.</summary>
    public async Task<OwnRole> InsertAsync(
        Tx tx, long? id, UnitId unit, string name, IReadOnlySet<Permission> permissions, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var names = permissions.Order().Select(permission => permission.ToString()).ToArray();
        var made = await tx.GetAsync<long>(Insert, new { id, unit = unit.Value, name, permissions = names, now }, cancellationToken);
        return new OwnRole(made, unit, name, permissions, now);
    }

    /// <summary>Ends the version that holds now; false when there is none.</summary>
    public async Task<bool> EndAsync(Tx tx, long id, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(End, new { id, now = clock.GetUtcNow() }, cancellationToken) == 1;

    private sealed class Row
    {
        public long Id { get; init; }

        public long UnitId { get; init; }

        public string Name { get; init; } = "";

        public string[] Permissions { get; init; } = [];

        public DateTimeOffset Since { get; init; }

        public OwnRole Role() => new(Id, new UnitId(UnitId), Name, RolePermissions.Named(Permissions), Since);
    }
}

/// <summary>A role that an organisation made for itself.</summary>
/// <param name="Unit">The root of the organisation.</param>
/// <param name="Since">When this version began to hold.</param>
internal sealed record OwnRole(long Id, UnitId Unit, string Name, IReadOnlySet<Permission> Permissions, DateTimeOffset Since)
{
    /// <summary>What grants of it are named.</summary>
    public string Role => RolePermissions.OwnPrefix + Id;
}
