using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Attempts;

/// <summary>Lifts the wait of a locked account for whoever holds the link that its owner got by mail; once.</summary>
internal sealed class UnlockByLetter(AttemptLimits limits, UnlockLinks links, EmptyCounters counters)
{
    /// <summary>Unlocks the account.</summary>
    /// <exception cref="ProblemException">
    /// <c>session.unlock_refused</c>, <c>session.too_many_attempts</c>, <c>session.limits_unavailable</c>.
    /// </exception>
    public async Task RunAsync(Actor actor, string secret, CancellationToken cancellationToken)
    {
        await using var attempt = await limits.BeginGuessAsync("unlock", actor.Address, cancellationToken);
        if (links.Read(secret) is not { } link
            || !await counters.EmptyAsync(actor, link.Account, "letter", link.MadeAt, cancellationToken))
        {
            throw AccountProblems.UnlockRefused();
        }

        attempt.Succeeded();
    }
}
