using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations.Roles;
using Fieldkeep.Server.Organisations.Units;

namespace Fieldkeep.Server.Organisations.Invitations;

/// <summary>Invites somebody by a letter, or whoever gets a link, to a unit.</summary>
internal sealed class CreateInvitation(Db db, Policy policy, RoleRights rights, UnitRights belonging, UnitQueries units, InvitationRows rows)
{
    /// <summary>Makes the invitation; its token is in the answer, or in the letter, and nowhere else.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>role.unfit</c>, <c>account.email_invalid</c>, <c>mail.address_invalid</c>,
    /// <c>invitation.open</c>, <c>invitation.invalid</c>, <c>invitation.too_many_letters</c>, <c>session.confirmation_needed</c>.
    /// </exception>
    public async Task<MadeInvitation> RunAsync(Actor actor, NewInvitation wanted, CancellationToken cancellationToken)
    {
        await rights.RequireAsync(actor, wanted.Role, Scope.Of(wanted.Unit), cancellationToken);
        await belonging.RequireToBringAsync(actor, wanted.Unit, null, cancellationToken);
        policy.RequireConfirmed(actor);
        var path = await units.PathAsync(wanted.Unit, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await UnitTree.LockLivingAsync(tx, wanted.Unit, cancellationToken);
        var made = await rows.InsertAsync(tx, actor, wanted with { IsFounding = false }, path[0].Name, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return made;
    }
}
