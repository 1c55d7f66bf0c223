using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Tells where letters to people go and in which language; the caller knows why they are written to.</summary>
internal static class AccountContacts
{
    private const string Contacts = """
        select accounts.actor_id as id, accounts.email, accounts.language, actors.display_name
        from accounts.accounts
        join accounts.actors on actors.id = accounts.actor_id
        where accounts.actor_id = any (@ids) and accounts.deleted_at is null
        order by accounts.actor_id
        """;

    /// <summary>Gives those of some accounts; removed ones and what is no account are left out.</summary>
    public static Task<IReadOnlyList<AccountContact>> ListAsync(Sql sql, IEnumerable<long> ids, CancellationToken cancellationToken) =>
        sql.ListAsync<AccountContact>(Contacts, new { ids = ids.Distinct().ToArray() }, cancellationToken);
}

/// <summary>Where letters to a person go.</summary>
/// <param name="Language">One of the languages of letters; null for the server's.</param>
internal sealed record AccountContact(ActorId Id, string Email, string? Language, string DisplayName)
{
    /// <inheritdoc/>
    public override string ToString() => $"AccountContact {{ {Id} }}";
}
