using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Lifts the wait of an account that guesses have locked; for who looks after its owner.</summary>
internal sealed class UnlockAccount(Policy policy, AccountReach reach, EmptyCounters counters)
{
    /// <summary>Unlocks the account in every process; also when it is not locked.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>account.not_found</c>.</exception>
    public async Task RunAsync(Actor actor, ActorId account, CancellationToken cancellationToken)
    {
        // Whoever guesses at a second factor has the password already: they must not lift the wait of their own guessing.
        await (WhoAsks.IsSelf(actor, account)
            ? policy.RequireAsync(actor, Permission.AccountUpdate, Scope.Installation, cancellationToken)
            : reach.RequireAsync(actor, Permission.AccountUpdate, account, cancellationToken));
        await counters.EmptyAsync(actor, account, "administrator", since: null, cancellationToken);
    }
}
