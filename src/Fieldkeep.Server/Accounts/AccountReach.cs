using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Decides who looks after an account: its owner, who runs the server, and administrators of the whole organisation that its owner belongs to.</summary>
internal sealed class AccountReach(Db db, Policy policy, Places places)
{
    /// <summary>Lets the actor pass or refuses; what may not be seen does not exist.</summary>
    /// <exception cref="ProblemException"><c>session.second_factor_needed</c>, <c>account.not_found</c>.</exception>
    public async Task RequireAsync(Actor actor, Permission permission, ActorId account, CancellationToken cancellationToken)
    {
        if (await policy.HasAsync(actor, permission, Scope.OfAccount(account), cancellationToken))
        {
            return;
        }

        // Whoever administers a branch brings anybody of the organisation into it: that makes them nobody's guardian.
        foreach (var unit in await Members.ListOfAsync(db, account, cancellationToken))
        {
            if (await places.PathOfAsync(Scope.Of(unit), cancellationToken) is [.., var root]
                && await policy.HasAsync(actor, permission, root, cancellationToken))
            {
                return;
            }
        }

        throw actor.MustEnrol ? AccessProblems.FactorNeeded() : AccountProblems.AccountUnknown();
    }
}
