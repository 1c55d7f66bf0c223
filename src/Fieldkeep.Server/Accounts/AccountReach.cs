using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Decides who looks after an account: its owner, who runs the server, and administrators of a unit that its owner belongs to.</summary>
internal sealed class AccountReach(Db db, Policy policy)
{
    /// <summary>Lets the actor pass or refuses.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>, <c>session.second_factor_needed</c>, <c>access.denied</c>, <c>account.not_found</c>.</exception>
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

        // The policy's own refusal, in its words: not signed in, a second factor missing, or not allowed.
        await policy.RequireAsync(actor, permission, Scope.OfAccount(account), cancellationToken);
    }
}
