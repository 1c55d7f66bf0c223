using Fieldkeep.Server.Accounts.Removal;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Mail;
using Npgsql;

namespace Fieldkeep.Server.Accounts;

/// <summary>Writes a new account with its ledger and audit lines into the caller's transaction.</summary>
internal sealed class AccountRows(PasswordHash passwords, RetiredAddresses retired, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const int MostNameCharacters = 255;

    private const string InsertActor = """
        insert into accounts.actors (kind, display_name, created_at) values (@kind, @display_name, @now) returning id
        """;
    private const string InsertAccount = """
        insert into accounts.accounts (actor_id, email, email_key, email_since, email_proved_at, password_hash, password_changed_at)
        values (@id, @email, @email_key, @now, case when @is_proved then @now end, @password_hash, @now)
        """;
    private const string Prove = """
        update accounts.accounts set email_proved_at = @now where actor_id = @id and email_key = @email_key and email_proved_at is null
        """;
    private const string Hold = """
        select last_login_at, password_changed_at from accounts.accounts
        where actor_id = @id and deleted_at is null and credentials_version = @version
        for update
        """;

    /// <summary>Checks what can be checked without the database, and hashes; call before opening the transaction.</summary>
    /// <exception cref="ProblemException">
    /// <c>account.email_invalid</c>, <c>account.name_invalid</c>, <c>password.weak</c>, <c>password.too_long</c>, <c>session.busy</c>.
    /// </exception>
    public async Task<PreparedAccount> PrepareAsync(NewAccount account, CancellationToken cancellationToken)
    {
        var email = CheckEmail(account.Email);
        var name = CheckName(account.DisplayName, "name");
        if (account.Password is not { } password)
        {
            return new PreparedAccount(email, name, null);
        }

        PasswordStrength.Require(password, [email, name, .. account.GuessableWords]);
        return new PreparedAccount(email, name, await passwords.OfAsync(password, cancellationToken));
    }

    /// <summary>Inserts a prepared account.</summary>
    /// <param name="by">Who creates it; null when the new account creates itself, at set-up.</param>
    /// <exception cref="ProblemException"><c>account.email_taken</c>.</exception>
    public async Task<Account> InsertAsync(
        Tx tx, Actor? by, Door door, PreparedAccount account, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var emailKey = await EmailKey.OfAsync(tx, account.Email, cancellationToken);
        await retired.RequireFreeAsync(tx, emailKey, cancellationToken);
        var id = await InsertActorAsync(tx, "account", account.DisplayName, now, cancellationToken);
        try
        {
            await tx.ExecuteAsync(
                InsertAccount,
                new
                {
                    id = id.Value,
                    email = account.Email,
                    email_key = emailKey,
                    password_hash = account.PasswordHash,
                    is_proved = account.IsEmailProved,
                    now,
                },
                cancellationToken);
        }
        catch (PostgresException problem) when (problem.ConstraintName == "accounts_email_key")
        {
            throw AccountProblems.EmailTaken();
        }

        var actor = by ?? new Actor(id, ActorKind.Account, account.DisplayName, door, null);
        var after = new { email = account.Email, displayName = account.DisplayName };
        await changes.AppendAsync(
            tx, actor, new Change("account.create", null, "account", id.ToString(), null, after), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("account.create", null, "account", id.ToString(), null), cancellationToken);
        return new Account(id, account.Email, account.DisplayName, now, null);
    }

    /// <summary>Notes that the owner of an account reads an address, if it is still theirs.</summary>
    public async Task ProveEmailAsync(Tx tx, ActorId account, string email, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(
            Prove,
            new { id = account.Value, email_key = await EmailKey.OfAsync(tx, email, cancellationToken), now = clock.GetUtcNow() },
            cancellationToken);

    /// <summary>Holds an account that is still as it was read: whoever changes its password or factors meanwhile comes before or after.</summary>
    /// <exception cref="ProblemException"><c>session.refused</c>: password or factors were changed, or the account was removed.</exception>
    public static async Task<HeldAccount> HoldAsync(Tx tx, Account seen, CancellationToken cancellationToken) =>
        await tx.FindAsync<HeldAccount>(
            Hold, new { id = seen.Id.Value, version = seen.CredentialsVersion }, cancellationToken)
        ?? throw AccountProblems.Refused();

    /// <summary>Inserts the row every acting thing has.</summary>
    internal static async Task<ActorId> InsertActorAsync(
        Tx tx, string kind, string displayName, DateTimeOffset now, CancellationToken cancellationToken) =>
        new(await tx.GetAsync<long>(InsertActor, new { kind, display_name = displayName, now }, cancellationToken));

    /// <summary>Trims an e-mail address and refuses one that no letter can be sent to.</summary>
    /// <exception cref="ProblemException"><c>account.email_invalid</c>.</exception>
    internal static string CheckEmail(string email)
    {
        var trimmed = email.Trim();
        return EmailKey.IsAddress(trimmed) && MailAddresses.CanReach(trimmed) ? trimmed : throw AccountProblems.EmailInvalid();
    }

    /// <summary>Trims a name and refuses one that is empty or too long.</summary>
    internal static string CheckName(string name, string field)
    {
        var trimmed = name.Trim();
        return trimmed.Length is > 0 and <= MostNameCharacters && !trimmed.Any(char.IsControl) && EmailKey.IsText(trimmed)
            ? trimmed
            : throw AccountProblems.NameInvalid(field);
    }
}

/// <summary>An account that nobody changes until the transaction ends.</summary>
/// <param name="LastLoginAt">When its owner signed in before; null when never.</param>
internal sealed record HeldAccount(DateTimeOffset? LastLoginAt, DateTimeOffset PasswordChangedAt);
