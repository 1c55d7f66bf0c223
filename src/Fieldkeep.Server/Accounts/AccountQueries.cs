using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Reads accounts and the names of actors.</summary>
internal sealed class AccountQueries(Db db)
{
    private const string ById = """
        select actors.id, accounts.email, actors.display_name, actors.created_at, actors.updated_at
        from accounts.accounts
        join accounts.actors on actors.id = accounts.actor_id
        where accounts.actor_id = @id and accounts.deleted_at is null
        """;
    private const string ByEmail = """
        select actors.id, accounts.email, actors.display_name, actors.created_at, actors.updated_at
        from accounts.accounts
        join accounts.actors on actors.id = accounts.actor_id
        where accounts.email_key = @email_key and accounts.deleted_at is null
        """;
    private const string NamesById = """
        select id, display_name from accounts.actors where id = any (@ids)
        """;
    private const string ActorsById = """
        select id, kind, display_name, created_at, updated_at, deleted_at from accounts.actors where id = any (@ids)
        """;
    private const string AnyAccount = "select exists (select 1 from accounts.accounts)";

    /// <summary>Finds an account that was not removed.</summary>
    public Task<Account?> FindAsync(ActorId id, CancellationToken cancellationToken) =>
        db.FindAsync<Account>(ById, new { id = id.Value }, cancellationToken);

    /// <summary>Finds an account by its e-mail address, however it is written.</summary>
    public async Task<Account?> FindByEmailAsync(string email, CancellationToken cancellationToken) =>
        await db.FindAsync<Account>(
            ByEmail, new { email_key = await EmailKey.OfAsync(db, email, cancellationToken) }, cancellationToken);

    /// <summary>Gives the names of actors, removed ones too; the books point at them. Unknown ids are left out.</summary>
    public async Task<IReadOnlyDictionary<long, string>> NamesAsync(
        IEnumerable<long> ids, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<Named>(NamesById, new { ids = ids.Distinct().ToArray() }, cancellationToken);
        return rows.ToDictionary(row => row.Id, row => row.DisplayName);
    }

    /// <summary>Gives actors by their ids, removed ones too. Unknown ids are left out.</summary>
    public async Task<IReadOnlyDictionary<long, KnownActor>> ActorsAsync(
        IEnumerable<long> ids, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<KnownActor>(ActorsById, new { ids = ids.Distinct().ToArray() }, cancellationToken);
        return rows.ToDictionary(row => row.Id);
    }

    /// <summary>Tells whether any account was ever created here.</summary>
    public static Task<bool> AnyAsync(Sql sql, CancellationToken cancellationToken) =>
        sql.GetAsync<bool>(AnyAccount, null, cancellationToken);

    private sealed record Named(long Id, string DisplayName);
}
