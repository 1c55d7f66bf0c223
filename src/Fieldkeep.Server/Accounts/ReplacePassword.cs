using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Replaces an account's password for someone who knows the old one; all its other sessions end.</summary>
internal sealed class ReplacePassword(
    Db db, AccountQueries accounts, CheckPassword check, PasswordHash passwords, PasswordRows rows)
{
    /// <summary>Replaces the password. Guessing the old one is counted as at the sign-in.</summary>
    /// <param name="session">The session that asks and goes on; null when it came without one.</param>
    /// <exception cref="ProblemException">
    /// <c>account.not_found</c>, <c>access.denied</c>, <c>session.refused</c>, <c>session.too_many_attempts</c>,
    /// <c>session.busy</c>, <c>password.weak</c>, <c>password.too_long</c>.
    /// </exception>
    public async Task RunAsync(
        Actor actor, ActorId account, PasswordChange change, long? session, CancellationToken cancellationToken)
    {
        var person = await accounts.GetChangeableAsync(actor, account, cancellationToken);
        var shown = await check.RunAsync(actor, person.Email, change.Old, cancellationToken);
        if (shown.Account.Id != account)
        {
            throw AccountProblems.Refused();
        }

        PasswordStrength.Require(change.New, [person.Email, person.DisplayName]);
        var hash = await passwords.OfAsync(change.New, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await AccountRows.HoldAsync(tx, shown.Account, cancellationToken);
        await rows.SetAsync(tx, actor, account, hash, session, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}

/// <summary>An old and a new password.</summary>
internal sealed record PasswordChange(string Old, string New)
{
    /// <inheritdoc/>
    public override string ToString() => "PasswordChange";
}
