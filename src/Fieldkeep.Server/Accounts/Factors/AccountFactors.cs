using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Knows which second factors an account has, and removes them all.</summary>
internal sealed class AccountFactors(Db db, GrantRows grants, TimeProvider clock)
{
    private const string State = """
        select
            (select activated_at from accounts.totp_secrets where actor_id = @actor and activated_at is not null) as totp_since,
            (select count(*)::int from accounts.passkeys where actor_id = @actor) as passkeys,
            (select count(*)::int from accounts.recovery_codes where actor_id = @actor and used_at is null) as recovery_codes_left,
            (select due_at from accounts.factor_resets where actor_id = @actor and cancelled_at is null and done_at is null and due_at > @lapsed) as reset_due_at
        """;

    // Kept beside the account, so that every sign-in and every Basic request knows it without asking three tables.
    private const string Refresh = """
        update accounts.accounts set
            second_factor_since = case
                when exists (select from accounts.totp_secrets where actor_id = @actor and activated_at is not null)
                    or exists (select from accounts.passkeys where actor_id = @actor)
                then coalesce(second_factor_since, @now)
            end
        where actor_id = @actor
        returning second_factor_since is not null
        """;
    private const string Lock = "select actor_id from accounts.accounts where actor_id = @actor for update";
    private const string RemovePasskeys = "delete from accounts.passkeys where actor_id = @actor";
    private const string AskAnew = "update accounts.accounts set factor_asked_at = null where actor_id = @actor";

    /// <summary>Gives what an account has.</summary>
    public Task<FactorState> OfAsync(ActorId actor, CancellationToken cancellationToken) =>
        db.GetAsync<FactorState>(State, new { actor = actor.Value, lapsed = clock.GetUtcNow() - WaitingResets.Lapse }, cancellationToken);

    /// <summary>Lets changes of one account's factors happen one after the other.</summary>
    public static Task LockAsync(Tx tx, ActorId actor, CancellationToken cancellationToken) =>
        tx.FindAsync<long?>(Lock, new { actor = actor.Value }, cancellationToken);

    /// <summary>Notes after a change whether the account has a factor now, and tells it. Without one, recovery codes stand in for nothing and go, and support access ends.</summary>
    public async Task<bool> RefreshAsync(Tx tx, ActorId actor, CancellationToken cancellationToken)
    {
        var key = new { actor = actor.Value, now = clock.GetUtcNow() };
        var isOn = await tx.FindAsync<bool>(Refresh, key, cancellationToken);
        if (!isOn)
        {
            await RecoveryCodes.RemoveAsync(tx, actor, cancellationToken);
            await grants.EndSupportAsync(tx, Actor.System(Door.Job), actor, cancellationToken);
        }

        return isOn;
    }

    /// <summary>Removes every factor: for an account that ends, or whose owner lost them. Who must have one has the days of grace again.</summary>
    public async Task RemoveAllAsync(Tx tx, ActorId actor, CancellationToken cancellationToken)
    {
        var key = new { actor = actor.Value };
        await TotpSecrets.RemoveAsync(tx, actor, cancellationToken);
        await tx.ExecuteAsync(RemovePasskeys, key, cancellationToken);
        await tx.ExecuteAsync(AskAnew, key, cancellationToken);
        await RefreshAsync(tx, actor, cancellationToken);
    }
}

/// <summary>The second factors of an account.</summary>
/// <param name="TotpSince">Since when an authenticator app is on; null when none is.</param>
/// <param name="ResetDueAt">When a reset that waits takes them all away; null when none waits.</param>
internal sealed record FactorState(DateTimeOffset? TotpSince, int Passkeys, int RecoveryCodesLeft, DateTimeOffset? ResetDueAt)
{
    /// <summary>Whether a password alone no longer signs in.</summary>
    public bool IsOn => TotpSince is not null || Passkeys > 0;
}
