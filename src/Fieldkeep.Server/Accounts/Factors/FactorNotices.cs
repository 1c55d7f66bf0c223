using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Writes to the owner of an account when something happens to its factors; the letter goes out exactly if the change is kept.</summary>
internal sealed class FactorNotices(MailOutbox outbox, MailLinks links)
{
    private const string Owner = """
        select accounts.email, accounts.language, actors.display_name
        from accounts.accounts
        join accounts.actors on actors.id = accounts.actor_id
        where accounts.actor_id = @actor and accounts.deleted_at is null
        """;

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
            ("link", links.Of($"/cancel-reset#{token}")));

    private async Task WriteAsync(
        Tx tx, ActorId account, string kind, CancellationToken cancellationToken, params (string Name, string Word)[] words)
    {
        if (await tx.FindAsync<Person>(Owner, new { actor = account.Value }, cancellationToken) is { } owner)
        {
            var letter = Letter.Of(owner.Email, owner.Language, kind, [("name", owner.DisplayName), .. words]);
            await outbox.AppendAsync(tx, letter, cancellationToken);
        }
    }

    private sealed record Person(string Email, string? Language, string DisplayName);
}
