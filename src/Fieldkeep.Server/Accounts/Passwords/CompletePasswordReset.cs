using Fieldkeep.Server.Accounts.External;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Passwords;

/// <summary>Sets a password for whoever shows the token of a letter; all that the old one had opened ends.</summary>
internal sealed class CompletePasswordReset(
    Db db, PasswordResets resets, PasswordHash passwords, PasswordRows rows, AttemptLimits limits, TimeProvider clock)
{
    /// <summary>Sets the password; the token is used up only when that succeeds.</summary>
    /// <exception cref="ProblemException">
    /// <c>password_reset.refused</c>, <c>session.too_many_attempts</c>, <c>session.busy</c>, <c>password.weak</c>, <c>password.too_long</c>.
    /// </exception>
    public async Task RunAsync(Actor caller, string token, string password, CancellationToken cancellationToken)
    {
        await using var attempt = await limits.BeginGuessAsync("password reset token", caller.Address, cancellationToken);
        var reset = await resets.FindAsync(db, token, cancellationToken) ?? throw Refused();
        attempt.Succeeded();
        PasswordStrength.Require(password, [reset.Email, reset.DisplayName]);
        var hash = await passwords.OfAsync(password, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        if (!await resets.UseAsync(tx, reset, cancellationToken))
        {
            throw Refused();
        }

        var owner = new Actor(reset.ActorId, ActorKind.Account, reset.DisplayName, caller.Door, caller.Address);
        await rows.SetAsync(tx, owner, reset.ActorId, hash, keptSession: null, cancellationToken);

        // Who had the password could join an identity of theirs: whoever reads the letters joins their own again.
        await ExternalIdentities.EndAllAsync(tx, reset.ActorId, clock.GetUtcNow(), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    // Unknown, used, ended or too old: one answer for all.
    private static ProblemException Refused() =>
        new("password_reset.refused", 410, "This link is not valid any more: it was used, it is too old, or a newer one was asked for. Ask for a new one.")
        {
            CentralCode = 401.2m,
        };
}
