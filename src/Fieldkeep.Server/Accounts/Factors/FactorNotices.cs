using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Writes to the owner of an account when something happens to its factors; the letter goes out exactly if the change is kept.</summary>
internal sealed class FactorNotices(AccountLetters letters)
{
    /// <summary>Tells that a factor came, went or was replaced.</summary>
    public Task ChangedAsync(Tx tx, ActorId account, CancellationToken cancellationToken) =>
        WriteAsync(tx, account, "second_factor_changed", cancellationToken);

    /// <summary>Tells that there are new recovery codes and the old ones are worth nothing.</summary>
    public Task RecoveryCodesRenewedAsync(Tx tx, ActorId account, CancellationToken cancellationToken) =>
        WriteAsync(tx, account, "recovery_codes_renewed", cancellationToken);

    /// <summary>Tells that a recovery code was used, and how many are left.</summary>
    public Task RecoveryCodeUsedAsync(Tx tx, ActorId account, int left, CancellationToken cancellationToken) =>
        WriteAsync(tx, account, "recovery_code_used", cancellationToken, ("left", left.ToString()));

    /// <summary>Tells that too many wrong codes came, after the right password.</summary>
    public Task LockedAsync(Tx tx, ActorId account, CancellationToken cancellationToken) =>
        WriteAsync(tx, account, "factor_locked", cancellationToken);

    /// <summary>Tells that an administrator asked for a reset, with the link that stops it.</summary>
    public Task ResetAskedAsync(Tx tx, ActorId account, string token, CancellationToken cancellationToken) =>
        WriteAsync(
            tx,
            account,
            "factor_reset_asked",
            cancellationToken,
            ("hours", ((int)FactorResets.Delay.TotalHours).ToString()),
            ("link", letters.LinkTo($"/cancel-reset#{token}")));

    private Task WriteAsync(
        Tx tx, ActorId account, string kind, CancellationToken cancellationToken, params (string Name, string Word)[] words) =>
        letters.AppendAsync(tx, account, kind, words, cancellationToken);
}
