using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Takes an account's factors off when a reset is due; looked at where they would be asked for, so no clock needs to run.</summary>
internal sealed class TakeResetEffect(Db db, LostFactors lost, TimeProvider clock)
{
    private const string Due = """
        update accounts.factor_resets set done_at = @now
        where actor_id = @actor and cancelled_at is null and done_at is null and due_at <= @now and due_at > @lapsed
        """;

    /// <summary>Tells whether a reset was due and the factors are gone now; the account's sessions have ended then.</summary>
    public async Task<bool> RunAsync(ActorId account, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        await AccountFactors.LockAsync(tx, account, cancellationToken);
        var now = clock.GetUtcNow();
        if (await tx.ExecuteAsync(Due, new { actor = account.Value, now, lapsed = now - WaitingResets.Lapse }, cancellationToken) == 0)
        {
            return false;
        }

        await lost.RemoveAsync(tx, Actor.System(Door.Job), account, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return true;
    }
}
