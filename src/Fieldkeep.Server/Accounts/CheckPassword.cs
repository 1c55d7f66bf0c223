using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Checks an e-mail address and a password: limits first, the same work for accounts that do not exist.</summary>
internal sealed class CheckPassword(
    Db db, PasswordHash passwords, AttemptLimits limits, KnownDevices devices, AccessBook book, TellOfLock locks, AuditLog audit)
{
    private const string ByEmail = """
        select actors.id, accounts.email, actors.display_name, actors.created_at, actors.updated_at,
            accounts.password_hash, accounts.credentials_version,
            accounts.password_disowned_at is not null as is_disowned,
            accounts.second_factor_since is not null as has_second_factor
        from accounts.accounts
        join accounts.actors on actors.id = accounts.actor_id
        where accounts.email_key = @email_key and accounts.deleted_at is null
        """;
    private const string Rehash = """
        update accounts.accounts set password_hash = @rehashed where actor_id = @id and password_hash = @stored
        """;

    /// <summary>Gives the account, or refuses.</summary>
    /// <exception cref="ProblemException">
    /// <c>session.refused</c>, <c>session.too_many_attempts</c>, <c>session.limits_unavailable</c>, <c>session.busy</c>,
    /// <c>session.password_disowned</c>, <c>password.too_long</c>.
    /// </exception>
    public async Task<CheckedAccount> RunAsync(
        Actor caller, string email, string password, CancellationToken cancellationToken)
    {
        if (password.Length > PasswordHash.MostCharacters)
        {
            throw AccountProblems.PasswordTooLong();
        }

        var key = await EmailKey.OfAsync(db, email, cancellationToken);
        await using var attempt = await BeginAsync(caller, key, cancellationToken);
        try
        {
            var row = await db.FindAsync<Row>(ByEmail, new { email_key = key }, cancellationToken);
            var matches = await passwords.MatchesAsync(password, row?.PasswordHash, cancellationToken);
            if (row is not null && matches)
            {
                attempt.Succeeded();
                RequireOwned(caller, row);
                await RehashAsync(row, password, cancellationToken);
                return new CheckedAccount(
                    new Account(
                        row.Id, row.Email, row.DisplayName, row.CreatedAt, row.UpdatedAt, CredentialsVersion: row.CredentialsVersion),
                    row.HasSecondFactor);
            }

            book.Note(Failure(caller, key, row?.Id, "password"));
            if (attempt.IsLast)
            {
                await locks.TellAsync(caller, row?.Id, key, cancellationToken);
            }

            var subject = row?.Id.ToString() ?? "unknown";
            await audit.AppendAsync(
                db, caller, new AuditEvent("session.refused", null, "account", subject, null), cancellationToken);
        }
        catch (ProblemException problem) when (problem.Status == 503)
        {
            // Nothing was compared, so nothing was guessed.
            attempt.Succeeded();
            throw;
        }

        throw AccountProblems.Refused();
    }

    private async Task<Attempt> BeginAsync(Actor caller, string key, CancellationToken cancellationToken)
    {
        try
        {
            return caller.Client.IsKnown
                ? await limits.BeginAgainAsync(key, caller.Address, cancellationToken)
                : await limits.BeginAsync(
                    key, caller.Address, await devices.FindAsync(caller.Client.Device, key, cancellationToken), cancellationToken);
        }
        catch (ProblemException problem) when (problem.Status == 429)
        {
            book.NoteOnce($"limited {key} {caller.Address}", Failure(caller, key, null, "limited"));
            throw;
        }
    }

    private static AccessEvent Failure(Actor caller, string key, ActorId? account, string reason) =>
        new(AccessKinds.SignIn, false, caller)
        {
            Account = account,
            Name = key,
            Reason = reason,
            Way = caller.Client.IsBasic ? "basic" : "password",
        };

    // Its owner, signed in, may still change it.
    private static void RequireOwned(Actor caller, Row row)
    {
        if (row.IsDisowned && !WhoAsks.IsPerson(caller))
        {
            throw AccountProblems.PasswordDisowned();
        }
    }

    private async Task RehashAsync(Row row, string password, CancellationToken cancellationToken)
    {
        if (row.PasswordHash is { } stored && passwords.IsOutdated(stored))
        {
            var rehashed = await passwords.OfAsync(password, cancellationToken);
            await db.ExecuteAsync(Rehash, new { id = row.Id.Value, rehashed, stored }, cancellationToken);
        }
    }

    private sealed record Row(
        ActorId Id,
        string Email,
        string DisplayName,
        DateTimeOffset CreatedAt,
        DateTimeOffset? UpdatedAt,
        string? PasswordHash,
        long CredentialsVersion,
        bool IsDisowned,
        bool HasSecondFactor);
}

/// <summary>An account whose password was just shown, as it was then.</summary>
/// <param name="HasSecondFactor">Whether the password alone is not enough.</param>
internal sealed record CheckedAccount(Account Account, bool HasSecondFactor);
