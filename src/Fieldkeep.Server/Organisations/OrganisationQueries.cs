using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Organisations;

/// <summary>Reads the organisation.</summary>
internal sealed class OrganisationQueries(Db db)
{
    private const string First = """
        select o.id, u.id as unit, o.name, o.created_at
        from organisations.organisations o join organisations.units u on u.organisation_id = o.id and u.parent_id is null
        order by o.id limit 1
        """;
    private const string AnyOrganisation = "select exists (select 1 from organisations.organisations)";

    /// <summary>Finds the first organisation of this server; null before the set-up.</summary>
    public Task<Organisation?> FindAsync(CancellationToken cancellationToken) =>
        db.FindAsync<Organisation>(First, null, cancellationToken);

    /// <summary>Tells whether an organisation exists.</summary>
    public static Task<bool> AnyAsync(Sql sql, CancellationToken cancellationToken) =>
        sql.GetAsync<bool>(AnyOrganisation, null, cancellationToken);
}
