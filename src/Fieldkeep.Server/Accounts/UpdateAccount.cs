using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.Passwords;
using Fieldkeep.Server.Accounts.Removal;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Npgsql;

namespace Fieldkeep.Server.Accounts;

/// <summary>Changes the name or the e-mail address of one's own account, or of someone else's for who may.</summary>
/// <remarks>
/// Whoever changes an address gets the letters that give the account away. So it takes the owner's password, the address before is
/// written to, and for <see cref="FormerAddressLasts"/> all letters to the owner go there, too.
/// </remarks>
internal sealed class UpdateAccount(
    Db db,
    Policy policy,
    AccountQueries accounts,
    CheckPassword check,
    AttemptLimits limits,
    AccountLetters letters,
    RetiredAddresses retired,
    ChangeLog changes,
    AuditLog audit,
    TimeProvider clock)
{
    /// <summary>How long letters go to the address before as well.</summary>
    public static readonly TimeSpan FormerAddressLasts = TimeSpan.FromDays(7);

    private const string WriteName = """
        update accounts.actors set display_name = @display_name, updated_at = @now where id = @id
        """;

    // Of several changes the first address stays: a second one must not make its owner deaf. Going back to it ends that.
    private const string WriteEmail = """
        update accounts.accounts set
            email = @email,
            email_key = @email_key,
            email_proved_at = case when email_key = @email_key then email_proved_at when @is_proved then @now end,
            email_since = case when email_key = @email_key then email_since else @now end,
            former_email = case when former_email_until > @now then former_email else email end,
            former_email_key = case when former_email_until > @now then former_email_key else email_key end,
            former_email_until = @until
        where actor_id = @id
        """;
    private const string ForgetFormer = """
        update accounts.accounts set former_email = null, former_email_key = null, former_email_until = null
        where actor_id = @id and former_email_key = email_key
        """;

    /// <summary>Changes the account.</summary>
    /// <exception cref="ProblemException">
    /// <c>account.not_found</c>, <c>access.denied</c>, <c>account.email_invalid</c>, <c>account.email_taken</c>,
    /// <c>account.name_invalid</c>; for another e-mail address also <c>session.confirmation_needed</c> and, of one's own account,
    /// <c>account.password_needed</c>, <c>session.refused</c>, <c>session.too_many_attempts</c>, <c>session.busy</c>.
    /// </exception>
    public async Task<Account> RunAsync(
        Actor actor, ActorId id, AccountChange change, CancellationToken cancellationToken)
    {
        var seen = await accounts.GetChangeableAsync(actor, id, cancellationToken);
        var name = change.DisplayName is null ? null : AccountRows.CheckName(change.DisplayName, "displayName");
        var email = change.Email is null ? null : AccountRows.CheckEmail(change.Email);
        if (email is null || email == seen.Email)
        {
            return await WriteAsync(actor, seen, seen with { DisplayName = name ?? seen.DisplayName }, cancellationToken);
        }

        policy.RequireConfirmed(actor);
        var wanted = seen with { Email = email, DisplayName = name ?? seen.DisplayName };
        return WhoAsks.IsSelf(actor, id)
            ? await WriteOwnAsync(actor, seen, wanted, change.Password, cancellationToken)
            : await WriteAsync(actor, seen, wanted, cancellationToken);
    }

    private async Task<Account> WriteOwnAsync(
        Actor actor, Account seen, Account wanted, string? password, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(password))
        {
            throw AccountProblems.PasswordNeeded();
        }

        var shown = (await check.RunAsync(actor, seen.Email, password, cancellationToken)).Account;
        if (shown.Id != seen.Id)
        {
            throw AccountProblems.Refused();
        }

        // An address that is taken is somebody's: nobody tries out who has an account here.
        await using var attempt = await limits.BeginGuessOfKnownAsync($"e-mail change {actor.Id}", actor.Address, cancellationToken);
        var written = await WriteAsync(actor, shown, wanted, cancellationToken);
        attempt.Succeeded();
        return written;
    }

    private async Task<Account> WriteAsync(Actor actor, Account seen, Account wanted, CancellationToken cancellationToken)
    {
        var id = seen.Id;
        await using var tx = await db.BeginAsync(cancellationToken);
        await AccountRows.HoldAsync(tx, seen, cancellationToken);
        var now = clock.GetUtcNow();
        await tx.ExecuteAsync(WriteName, new { id = id.Value, display_name = wanted.DisplayName, now }, cancellationToken);
        if (wanted.Email != seen.Email)
        {
            // Before the change, so that it goes where the owner reads.
            await letters.AppendAsync(
                tx, id, "email_changed", [("email", wanted.Email), ("days", FormerAddressLasts.Days.ToString())], cancellationToken);
            // What people write themselves is proved by a letter; what somebody who may writes for them is known.
            await WriteEmailAsync(tx, id, wanted.Email, !WhoAsks.IsSelf(actor, id), now, cancellationToken);
        }

        var (before, after) = (new State(seen.Email, seen.DisplayName), new State(wanted.Email, wanted.DisplayName));
        await changes.AppendAsync(
            tx, actor, new Change("account.update", null, "account", id.ToString(), before, after), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("account.update", null, "account", id.ToString(), null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return await accounts.FindAsync(id, cancellationToken) ?? throw AccountProblems.AccountUnknown();
    }

    private async Task WriteEmailAsync(
        Tx tx, ActorId id, string email, bool isProved, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var key = await EmailKey.OfAsync(tx, email, cancellationToken);
        await retired.RequireFreeAsync(tx, key, cancellationToken);
        var row = new { id = id.Value, email, email_key = key, is_proved = isProved, now, until = now + FormerAddressLasts };
        try
        {
            await tx.ExecuteAsync(WriteEmail, row, cancellationToken);
        }
        catch (PostgresException problem) when (problem.ConstraintName == "accounts_email_key")
        {
            throw AccountProblems.EmailTaken();
        }

        await tx.ExecuteAsync(ForgetFormer, row, cancellationToken);
        await PasswordResets.EndAllAsync(tx, id, now, cancellationToken);
    }

    private sealed record State(string Email, string DisplayName);
}

/// <summary>What to change of an account; null leaves it as it is.</summary>
/// <param name="Password">The present one, for another address of one's own account.</param>
internal sealed record AccountChange(string? Email, string? DisplayName, string? Password)
{
    /// <inheritdoc/>
    public override string ToString() => "AccountChange";
}
