using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Stops resets of second factors that wait: when their owner objects, and when a factor turns out not to be lost.</summary>
internal sealed class WaitingResets(FactorBook book, TimeProvider clock)
{
    /// <summary>How long a reset may be taken after it fell due; then nobody wanted it any more, and it must be asked for anew.</summary>
    public static readonly TimeSpan Lapse = TimeSpan.FromHours(72);

    private const string Cancel = """
        update accounts.factor_resets set cancelled_at = @now
        where actor_id = @actor and cancelled_at is null and done_at is null
        returning due_at > @lapsed
        """;

    /// <summary>Stops the reset that waits, with its lines in the books; gives false when none waits. One that lapsed goes without a word.</summary>
    /// <param name="detail">Why, for the books; null when somebody asked for it.</param>
    public async Task<bool> CancelAsync(Tx tx, Actor by, ActorId account, string? detail, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!await tx.FindAsync<bool>(Cancel, new { actor = account.Value, now, lapsed = now - Lapse }, cancellationToken))
        {
            return false;
        }

        await book.AppendAsync(tx, by, account, "factor.reset_cancel", detail, cancellationToken);
        return true;
    }

    /// <summary>Stops it because a factor of the account was just shown: it is not lost.</summary>
    /// <param name="caller">Who showed it; not signed in yet, perhaps.</param>
    public Task<bool> FactorShownAsync(Tx tx, Actor caller, ActorId account, CancellationToken cancellationToken) =>
        CancelAsync(tx, caller with { Id = account, Kind = ActorKind.Account }, account, "factor shown", cancellationToken);
}
