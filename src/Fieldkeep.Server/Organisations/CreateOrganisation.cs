using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations.Invitations;

namespace Fieldkeep.Server.Organisations;

/// <summary>Creates another organisation on this server; a letter makes its first administrator. Whoever runs the server reads nothing in it.</summary>
internal sealed class CreateOrganisation(Db db, Policy policy, OrganisationRows organisations, InvitationRows invitations)
{
    /// <summary>Creates the organisation and invites its first administrator.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>unit.name_invalid</c>, <c>account.email_invalid</c>, <c>mail.address_invalid</c>,
    /// <c>session.confirmation_needed</c>.
    /// </exception>
    public async Task<Organisation> RunAsync(Actor actor, string name, string adminEmail, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.OrganisationCreate, Scope.Installation, cancellationToken);
        policy.RequireConfirmed(actor);
        var checkedName = OrganisationProblems.CheckUnitName(name);
        var letter = NewInvitation.ByMail(default, RolePermissions.Admin, adminEmail, null) with { IsFounding = true };
        await using var tx = await db.BeginAsync(cancellationToken);
        var made = await organisations.InsertAsync(tx, actor, checkedName, cancellationToken);
        await invitations.InsertAsync(tx, actor, letter with { Unit = made.Unit }, checkedName, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return made;
    }
}
