using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Organisations;

/// <summary>Writes a new organisation with its ledger and audit lines into the caller's transaction.</summary>
internal sealed class OrganisationRows(Places places, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string Insert = """
        insert into organisations.organisations (name, created_at) values (@name, @now) returning id
        """;

    private const string InsertUnit = """
        insert into organisations.units (organisation_id, kind, name, created_at) values (@id, 'organisation', @name, @now) returning id
        """;

    /// <summary>Inserts an organisation with its root unit.</summary>
    /// <exception cref="ProblemException"><c>project.name_invalid</c>.</exception>
    public async Task<Organisation> InsertAsync(Tx tx, Actor actor, string name, CancellationToken cancellationToken)
    {
        var checkedName = OrganisationProblems.CheckName(name);
        var now = clock.GetUtcNow();
        var id = await tx.GetAsync<long>(Insert, new { name = checkedName, now }, cancellationToken);
        var unit = new UnitId(await tx.GetAsync<long>(InsertUnit, new { id, name = checkedName, now }, cancellationToken));
        await places.AddAsync(tx, Scope.Of(unit), null, 0, cancellationToken);
        var subject = id.ToString();
        await changes.AppendAsync(
            tx,
            actor,
            new Change("organisation.create", null, "organisation", subject, null, new { name = checkedName }),
            cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("organisation.create", null, "organisation", subject, null), cancellationToken);
        return new Organisation(new OrganisationId(id), unit, checkedName, now);
    }
}
