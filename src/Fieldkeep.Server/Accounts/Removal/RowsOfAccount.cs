using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Accounts.Removal;

/// <summary>The room's rows of a person whose account is removed: secrets and settings go, the access log keeps that something happened: <see cref="RowsOfPerson"/>.</summary>
internal static class RowsOfAccount
{
    /// <summary>What is done with each table.</summary>
    public static readonly IReadOnlyList<RowsOfPerson> Rows =
    [
        Deleted("accounts.sessions"),
        Deleted("accounts.access_tokens"),
        Deleted("accounts.password_resets"),
        Deleted("accounts.external_identities"),
        Deleted("accounts.totp_secrets"),
        Deleted("accounts.recovery_codes"),
        Deleted("accounts.passkeys"),
        Deleted("accounts.factor_tries"),
        Deleted("accounts.factor_resets"),
        Deleted("accounts.preferences"),
        Deleted("accounts.unlocks"),
        new(
            "accounts.access_events",
            "actor_id",
            """
            update accounts.access_events set address = null, pseudonym = null, browser = null, system = null, subject = null
            where id in (
                select id from accounts.access_events
                where actor_id = @actor and (address is not null or pseudonym is not null or browser is not null or system is not null or subject is not null)
                limit @rows)
            """),
        new(
            "accounts.access_events",
            "name_hash",
            "delete from accounts.access_events where id in (select id from accounts.access_events where actor_id is null and name_hash = @name_hash limit @rows)"),
    ];

    // The names of tables are ours, written here.
    private static RowsOfPerson Deleted(string table) => new(table, "actor_id", $"delete from {table} where actor_id = @actor");
}
