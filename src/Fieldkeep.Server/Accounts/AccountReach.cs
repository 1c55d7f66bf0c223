using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Decides who looks after an account: its owner, who runs the server, and administrators of a unit that its owner belongs to.</summary>
internal sealed class AccountReach(Db db, Policy policy)
{
    /// <summary>Lets the actor pass or refuses; what may not be seen does not exist.</summary>
    /// <exception cref="ProblemException"><c>session.second_factor_needed</c>, <c>account.not_found</c>.</exception>
    public async Task RequireAsync(Actor actor, Permission permission, ActorId account, CancellationToken cancellationToken)
    {
        if (await policy.HasAsync(actor, permission, Scope.OfAccount(account), cancellationToken))
        {
            return;
        }

        foreach (var unit in await Members.ListOfAsync(db, account, cancellationToken))
        {
            if (await policy.HasAsync(actor, permission, Scope.Of(unit), cancellationToken))
            {
                return;
            }
        }

        throw actor.MustEnrol ? AccessProblems.FactorNeeded() : AccountProblems.AccountUnknown();
    }
}
