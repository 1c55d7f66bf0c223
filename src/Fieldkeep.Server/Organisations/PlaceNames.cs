using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations;

/// <summary>Gives units and projects their names. The caller checks who may know them.</summary>
internal static class PlaceNames
{
    private const string Names = """
        select 'unit' as kind, id, name from organisations.units where id = any (@units)
        union all
        select 'project', id, name from organisations.projects where id = any (@projects)
        """;

    /// <summary>Gives the names of some places; what is neither unit nor project, or does not exist, is left out.</summary>
    public static async Task<IReadOnlyDictionary<Scope, string>> ListAsync(
        Sql sql, IEnumerable<Scope> places, CancellationToken cancellationToken)
    {
        var wanted = places.Distinct().ToLookup(place => place.Kind, place => place.Id);
        var rows = await sql.ListAsync<Row>(
            Names,
            new { units = wanted[ScopeKind.Unit].ToArray(), projects = wanted[ScopeKind.Project].ToArray() },
            cancellationToken);
        return rows.ToDictionary(
            row => new Scope(row.Kind == "unit" ? ScopeKind.Unit : ScopeKind.Project, row.Id), row => row.Name);
    }

    private sealed record Row(string Kind, long Id, string Name);
}
