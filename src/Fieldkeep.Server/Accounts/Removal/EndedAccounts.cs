using System.Globalization;
using Fieldkeep.Server.Accounts.Passwords;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts.Removal;

/// <summary>Ends an account that is to be removed, gives it back while that can be, and leaves a tombstone of it: a number and a name that says so.</summary>
internal sealed class EndedAccounts(Keyring keyring, RetiredAddresses retired, TimeProvider clock)
{
    private const string One = """
        select actors.id, actors.created_at, accounts.email_key, accounts.deleted_at is not null as is_ended, actors.tombstone is not null as is_buried
        from accounts.accounts join accounts.actors on actors.id = accounts.actor_id
        where accounts.actor_id = @id
        """;
    private const string All = """
        select actors.id, actors.created_at, accounts.email_key, accounts.deleted_at is not null as is_ended, false as is_buried
        from accounts.accounts join accounts.actors on actors.id = accounts.actor_id
        where actors.tombstone is null
        order by actors.id
        """;
    private const string EndActor = "update accounts.actors set deleted_at = @now, updated_at = @now where id = @id and deleted_at is null";

    // The password stays until the end, for the owner who thinks better of it; what was opened with it does not.
    private const string End = """
        update accounts.accounts set deleted_at = @now, password_changed_at = @now, credentials_version = credentials_version + 1
        where actor_id = @id and deleted_at is null
        """;
    private const string EndSessions = "update accounts.sessions set ended_at = @now where actor_id = @id and ended_at is null";
    private const string Revive = """
        with actor as (update accounts.actors set deleted_at = null, updated_at = @now where id = @id and tombstone is null returning id)
        update accounts.accounts set deleted_at = null, credentials_version = credentials_version + 1
        where actor_id in (select id from actor)
        """;
    private const string Bury = """
        with actor as (
            update accounts.actors set display_name = @name, deleted_at = coalesce(deleted_at, @now), updated_at = @now, tombstone = 'person'
            where id = @id and tombstone is null
            returning id)
        update accounts.accounts set
            email = @address, email_key = @address, email_since = @now, email_proved_at = null, password_hash = null, password_changed_at = @now,
            former_email = null, former_email_key = null, former_email_until = null, language = null, last_login_at = null, last_seen_at = null,
            second_factor_since = null, factor_asked_at = null, password_disowned_at = null, lock_told_at = null,
            deleted_at = coalesce(deleted_at, @now), credentials_version = credentials_version + 1
        where actor_id in (select id from actor)
        """;
    private const string StandIn = """
        insert into accounts.actors (kind, display_name, created_at, deleted_at, tombstone) values ('account', @name, @now, @now, 'stand_in')
        returning id
        """;

    /// <summary>Finds one, ended or not.</summary>
    public static Task<EndedAccount?> FindAsync(Sql sql, ActorId id, CancellationToken cancellationToken) =>
        sql.FindAsync<EndedAccount>(One, new { id = id.Value }, cancellationToken);

    /// <summary>Lists all that are no tombstones.</summary>
    public static Task<IReadOnlyList<EndedAccount>> ListAsync(Sql sql, CancellationToken cancellationToken) =>
        sql.ListAsync<EndedAccount>(All, null, cancellationToken);

    /// <summary>Gives what the keyring knows an account by, who its owner is to nobody.</summary>
    public Guid MarkOf(EndedAccount account) => new(
        keyring.Pepper.Compute(
            "accounts.removed",
            string.Create(CultureInfo.InvariantCulture, $"{account.Id} {account.CreatedAt.UtcTicks / TimeSpan.TicksPerMicrosecond}")).AsSpan(0, 16),
        bigEndian: true);

    /// <summary>Ends the account: no sign-in, no session, no token, no known device from the commit on; its address stays nobody's.</summary>
    /// <param name="due">When its grace is over.</param>
    public async Task EndAsync(Tx tx, ActorId by, EndedAccount account, DateTimeOffset due, CancellationToken cancellationToken)
    {
        var (id, now) = (new ActorId(account.Id), clock.GetUtcNow());
        var key = new { id = account.Id, now };
        await tx.ExecuteAsync(EndActor, key, cancellationToken);
        await tx.ExecuteAsync(End, key, cancellationToken);
        await tx.ExecuteAsync(EndSessions, key, cancellationToken);
        await AccessTokens.EndAllAsync(tx, id, by, now, cancellationToken);
        await PasswordResets.EndAllAsync(tx, id, now, cancellationToken);
        await retired.AddAsync(tx, id, account.EmailKey, due + RetiredAddresses.Kept, cancellationToken);
    }

    /// <summary>Gives the account back to its owner; false when only a tombstone is left.</summary>
    public async Task<bool> ReviveAsync(Tx tx, ActorId id, CancellationToken cancellationToken)
    {
        if (await tx.ExecuteAsync(Revive, new { id = id.Value, now = clock.GetUtcNow() }, cancellationToken) == 0)
        {
            return false;
        }

        await RetiredAddresses.GiveBackAsync(tx, id, cancellationToken);
        return true;
    }

    /// <summary>Leaves the tombstone; false when that was done.</summary>
    public async Task<bool> BuryAsync(Tx tx, ActorId id, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(
            Bury,
            new { id = id.Value, name = NewName(), address = $"removed-{id}@removed.invalid", now = clock.GetUtcNow() },
            cancellationToken) > 0;

    /// <summary>Makes somebody who stands for a removed person in one project; no other row tells whom for.</summary>
    public async Task<ActorId> MakeStandInAsync(Tx tx, CancellationToken cancellationToken) =>
        new(await tx.GetAsync<long>(StandIn, new { name = NewName(), now = clock.GetUtcNow() }, cancellationToken));

    // Random, from the same place as tokens: nothing can be computed back from it.
    private static string NewName() =>
        $"removed-user-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(SecretToken.Create())).AsSpan(0, 4))}";
}

/// <summary>An account, whether it can still be signed in to or not.</summary>
internal sealed record EndedAccount(long Id, DateTimeOffset CreatedAt, string EmailKey, bool IsEnded, bool IsBuried);
