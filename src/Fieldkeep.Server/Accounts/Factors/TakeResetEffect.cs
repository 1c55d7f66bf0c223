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

    /// <summary>Gives the account without its factors when a reset was due; its sessions have ended then. Null when none was.</summary>
    /// <param name="seen">The account as it was when its password or passkey was found right.</param>
    /// <exception cref="ProblemException"><c>session.refused</c>: its password or factors were changed since.</exception>
    public async Task<Account?> RunAsync(Account seen, CancellationToken cancellationToken)
    {
        var account = seen.Id;
        await using var tx = await db.BeginAsync(cancellationToken);
        var version = await AccountFactors.LockAsync(tx, account, cancellationToken);
        var now = clock.GetUtcNow();
        if (await tx.ExecuteAsync(Due, new { actor = account.Value, now, lapsed = now - WaitingResets.Lapse }, cancellationToken) == 0)
        {
            return null;
        }

        if (version != seen.CredentialsVersion)
        {
            throw AccountProblems.Refused();
        }

        await lost.RemoveAsync(tx, Actor.System(Door.Job), account, cancellationToken);
        version = await AccountFactors.LockAsync(tx, account, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return seen with { CredentialsVersion = version ?? seen.CredentialsVersion };
    }
}
