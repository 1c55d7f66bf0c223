using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Rights.Terms;

/// <summary>Keeps what an organisation agreed to, and which of its administrators did so for it.</summary>
internal sealed class Agreements(Db db, Policy policy, Places places, TextRows texts, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string OfUnit = """
        select kind, version, actor_id, agreed_at, door from rights.agreements where unit_id = @unit order by id desc limit 500
        """;
    private const string Insert = """
        insert into rights.agreements (unit_id, kind, version, actor_id, agreed_at, door) values (@unit, @kind, @version, @by, @now, @door)
        on conflict do nothing
        """;

    /// <summary>Lists the texts of organisations with what was agreed to, for who administers the organisation that a unit is of.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<(IReadOnlyList<PublishedText> Texts, IReadOnlyList<Agreement> Agreed)> ListAsync(
        Actor actor, UnitId unit, CancellationToken cancellationToken)
    {
        var root = await RequireAsync(actor, unit, cancellationToken);
        return (
            [.. (await texts.ListCurrentAsync(cancellationToken)).Where(text => TextRows.OfOrganisations.Contains(text.Kind))],
            await db.ListAsync<Agreement>(OfUnit, new { unit = root.Id }, cancellationToken));
    }

    /// <summary>Agrees for the organisation to the newest version of a text; to agree twice is to agree once.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>text.unknown</c>, <c>text.superseded</c>.
    /// </exception>
    public async Task GiveAsync(Actor actor, UnitId unit, string kind, int version, CancellationToken cancellationToken)
    {
        var root = await RequireAsync(actor, unit, cancellationToken);
        policy.RequireConfirmed(actor);
        RightsProblems.RequireText(kind, TextRows.OfOrganisations);
        if ((await texts.ListCurrentAsync(cancellationToken)).FirstOrDefault(text => text.Kind == kind)?.Version != version)
        {
            throw RightsProblems.Superseded();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var row = new { unit = root.Id, kind, version, by = actor.Id.Value, now = clock.GetUtcNow(), door = actor.Door.ToString() };
        if (await tx.ExecuteAsync(Insert, row, cancellationToken) == 0)
        {
            return;
        }

        var id = root.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await changes.AppendAsync(tx, actor, new Change("unit.agree", null, "unit", id, null, new { kind, version }), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("unit.agree", null, "unit", id, $"{kind} {version}"), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    // The organisation agrees, not a branch of it.
    private async Task<Scope> RequireAsync(Actor actor, UnitId unit, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.UnitUpdate, Scope.Of(unit), cancellationToken);
        if (await places.PathOfAsync(Scope.Of(unit), cancellationToken) is not [.., var root])
        {
            throw AccessProblems.Unseen();
        }

        await policy.RequireAsync(actor, Permission.UnitUpdate, root, cancellationToken);
        return root;
    }
}

/// <summary>Something an organisation agreed to.</summary>
internal sealed record Agreement(string Kind, int Version, long ActorId, DateTimeOffset AgreedAt, string Door);
