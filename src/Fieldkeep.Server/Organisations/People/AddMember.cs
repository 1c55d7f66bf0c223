using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Organisations.People;

/// <summary>Lets somebody of the organisation belong to another of its units; who is not of it is invited instead.</summary>
internal sealed class AddMember(Db db, Policy policy, KnownPeople people, UnitRights belonging, Members members, UnitRecords records)
{
    /// <summary>Adds them; false when they belong to the unit already.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>member.not_found</c>.</exception>
    public async Task<bool> RunAsync(Actor actor, UnitId unit, ActorId person, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.MemberUpdate, Scope.Of(unit), cancellationToken);
        await people.RequireAsync(actor, Subject.Of(person), Scope.Of(unit), cancellationToken);
        await belonging.RequireToBringAsync(actor, unit, person, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await UnitTree.LockLivingAsync(tx, unit, cancellationToken);
        if (!await members.AddAsync(tx, actor, unit, person, cancellationToken))
        {
            return false;
        }

        var change = new Change("member.add", null, "account", person.ToString(), null, new { unit = unit.Value });
        await records.AppendAsync(tx, actor, change, $"unit {unit}", cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return true;
    }
}
