using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Rights.Removal;

/// <summary>Finds out whether what an account held can be given back to it: the place is still there, in the organisation that it was in, and the role too.</summary>
internal static class PlannedPlaces
{
    private const string Root = """
        with recursive up as (
            select kind, id, parent_kind, parent_id from access.places_view where kind = @kind and id = @id and until is null
            union
            select p.kind, p.id, p.parent_kind, p.parent_id
            from up join access.places_view p on p.kind = up.parent_kind and p.id = up.parent_id and p.until is null)
        select id from up where kind = 'unit' and parent_id is null
        """;

    /// <summary>Gives the root unit that a place lies in, in the trash or not; null when it is not there any more, and for the server itself.</summary>
    public static Task<long?> RootOfAsync(Sql sql, Scope place, CancellationToken cancellationToken) =>
        sql.FindAsync<long?>(Root, new { kind = ScopeNames.Of(place.Kind), id = place.Id }, cancellationToken);

    /// <summary>Tells whether a role can be given back: what was transferred to others meanwhile cannot.</summary>
    public static async Task<bool> IsStillThereAsync(Sql sql, PlannedGrant held, CancellationToken cancellationToken)
    {
        if (!RolePermissions.IsKnown(held.Role) && await OwnRoles.FindAsync(sql, held.Role, cancellationToken) is null)
        {
            return false;
        }

        return held.Kind == ScopeKind.Installation
            || (await RootOfAsync(sql, new Scope(held.Kind, held.Place), cancellationToken) is { } root && (held.Root is null || held.Root == root));
    }
}
