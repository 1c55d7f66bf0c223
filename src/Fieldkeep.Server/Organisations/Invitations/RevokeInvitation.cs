using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Organisations.Invitations;

/// <summary>Ends an invitation: nobody comes in by it any more; who did stays.</summary>
internal sealed class RevokeInvitation(Db db, Policy policy, UnitRecords records, TimeProvider clock)
{
    private const string UnitOf = "select unit_id from organisations.invitations where id = @id";
    private const string End = """
        update organisations.invitations set ended_at = @now, ended_by = @by where id = @id and ended_at is null
        """;

    /// <summary>Revokes it; one that is over stays so.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task RunAsync(Actor actor, long id, CancellationToken cancellationToken)
    {
        var unit = await db.FindAsync<long?>(UnitOf, new { id }, cancellationToken) ?? throw AccessProblems.Unseen();
        await policy.RequireAsync(actor, Permission.MemberUpdate, Scope.Of(new UnitId(unit)), cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await tx.ExecuteAsync(End, new { id, by = actor.Id.Value, now = clock.GetUtcNow() }, cancellationToken) == 1)
        {
            var change = new Change("invitation.revoke", null, "invitation", id.ToString(), new { unit, open = true }, new { unit, open = false });
            await records.AppendAsync(tx, actor, change, $"unit {unit}", cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }
    }
}
