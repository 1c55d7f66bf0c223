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
            end,
            credentials_version = credentials_version + 1
        where actor_id = @actor
        returning second_factor_since is not null
        """;
    private const string Lock = "select credentials_version from accounts.accounts where actor_id = @actor for update";
    private const string IsLive = "select exists (select from accounts.sessions where id = @session and ended_at is null)";
    private const string RemovePasskeys = "delete from accounts.passkeys where actor_id = @actor";
    private const string AskAnew = "update accounts.accounts set factor_asked_at = null where actor_id = @actor";

    /// <summary>Gives what an account has.</summary>
    public Task<FactorState> OfAsync(ActorId actor, CancellationToken cancellationToken) =>
        db.GetAsync<FactorState>(State, new { actor = actor.Value, lapsed = clock.GetUtcNow() - WaitingResets.Lapse }, cancellationToken);

    /// <summary>Lets changes of one account's factors happen one after the other; gives its version.</summary>
    public static Task<long?> LockAsync(Tx tx, ActorId actor, CancellationToken cancellationToken) =>
        tx.FindAsync<long?>(Lock, new { actor = actor.Value }, cancellationToken);

    /// <summary>Locks for a change that a session asks for, and looks again whether it still may: a new password may have ended it a moment ago.</summary>
    /// <exception cref="ProblemException"><c>session.none</c>.</exception>
    public static async Task LockForAsync(Tx tx, Session session, CancellationToken cancellationToken)
    {
        await LockAsync(tx, session.Account, cancellationToken);
        if (!await tx.GetAsync<bool>(IsLive, new { session = session.Id }, cancellationToken))
        {
            throw AccessProblems.SignInNeeded();
        }
    }

    /// <summary>Notes after a change whether the account has a factor now, and tells it; sign-ins half done end. Without one, recovery codes stand in for nothing and go, and support access ends.</summary>
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
