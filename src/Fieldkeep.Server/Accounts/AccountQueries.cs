using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Reads accounts and the names of actors.</summary>
internal sealed class AccountQueries(Db db, Policy policy, KnownActors known)
{
    private const int MostWords = 10;

    private const string Columns = """
        select actors.id, accounts.email, actors.display_name, actors.created_at, actors.updated_at, accounts.last_login_at,
            accounts.credentials_version
        from accounts.accounts
        join accounts.actors on actors.id = accounts.actor_id
        """;
    private const string ById = Columns + " where accounts.actor_id = @id and accounts.deleted_at is null";
    private const string ByEmail = Columns + " where accounts.email_key = @email_key and accounts.deleted_at is null";
    private const string ByProvedEmail = ByEmail + " and accounts.email_proved_at is not null";
    private const string ForReset = Columns + """

        where accounts.deleted_at is null
          and (accounts.email_key = @email_key or (accounts.former_email_key = @email_key and accounts.former_email_until > @now))
        order by accounts.email_key = @email_key desc, actors.id
        limit 1
        """;
    private const string WithWords = Columns + """

        where accounts.deleted_at is null and not exists (
            select from unnest(@words) as word
            where strpos(lower(accounts.email || ' ' || actors.display_name), lower(word)) = 0)
          and (@all or accounts.actor_id in (
            with recursive down as (
                select id from access.places_view where kind = 'unit' and id = any (@units) and until is null
                union
                select p.id from down join access.places_view p
                    on p.kind = 'unit' and p.parent_kind = 'unit' and p.parent_id = down.id and p.until is null)
            select m.actor_id from down join access.members_view m on m.unit_id = down.id and m.until is null))
        order by (accounts.email_key = @email_key) desc, accounts.email_key, actors.id
        limit 10000
        """;
    private const string BelongsIn = """
        with recursive up as (
            select unit_id as id from access.members_view where actor_id = @id and until is null
            union
            select p.parent_id from up join access.places_view p on p.kind = 'unit' and p.id = up.id and p.until is null)
        select exists (select from up where id = any (@units))
        """;
    private const string NamesById = """
        select id, display_name from accounts.actors where id = any (@ids)
        """;
    private const string ActorsById = """
        select id, kind, display_name, created_at, updated_at, deleted_at from accounts.actors where id = any (@ids)
        """;
    private const string PasswordsById = """
        select actor_id, password_changed_at from accounts.accounts where actor_id = any (@ids)
        """;
    private const string AnyAccount = "select exists (select 1 from accounts.accounts)";

    /// <summary>Finds an account that was not removed.</summary>
    public Task<Account?> FindAsync(ActorId id, CancellationToken cancellationToken) =>
        db.FindAsync<Account>(ById, new { id = id.Value }, cancellationToken);

    /// <summary>Finds an account by its e-mail address, however it is written.</summary>
    public async Task<Account?> FindByEmailAsync(string email, CancellationToken cancellationToken) =>
        await db.FindAsync<Account>(
            ByEmail, new { email_key = await EmailKey.OfAsync(db, email, cancellationToken) }, cancellationToken);

    /// <summary>Does the same where it is known that the owner of the account reads the address: others may have typed somebody else's.</summary>
    public async Task<Account?> FindByProvedEmailAsync(string email, CancellationToken cancellationToken) =>
        await db.FindAsync<Account>(
            ByProvedEmail, new { email_key = await EmailKey.OfAsync(db, email, cancellationToken) }, cancellationToken);

    /// <summary>Finds whose password is set anew by letter: of an address that somebody had until some days ago, theirs.</summary>
    public async Task<Account?> FindForResetAsync(string email, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.FindAsync<Account>(
            ForReset, new { email_key = await EmailKey.OfAsync(db, email, cancellationToken), now }, cancellationToken);

    /// <summary>Gives an account: one's own, any for who runs the server, those of their people for who administers units.</summary>
    /// <exception cref="ProblemException"><c>account.not_found</c>, the same for one that the actor may not see.</exception>
    public async Task<Account> GetAsync(Actor actor, ActorId id, CancellationToken cancellationToken)
    {
        var mayKnow = await policy.HasAsync(actor, Permission.AccountRead, Scope.OfAccount(id), cancellationToken)
            || await IsOfPeopleAsync(actor, id, cancellationToken);
        return (mayKnow ? await FindAsync(id, cancellationToken) : null) ?? throw AccountProblems.AccountUnknown();
    }

    /// <summary>Gives an account that the actor may change: one's own, or any for who may.</summary>
    /// <exception cref="ProblemException"><c>account.not_found</c>, <c>access.denied</c>.</exception>
    public async Task<Account> GetChangeableAsync(Actor actor, ActorId id, CancellationToken cancellationToken)
    {
        var account = await GetAsync(actor, id, cancellationToken);
        await policy.RequireAsync(actor, Permission.AccountUpdate, Scope.OfAccount(id), cancellationToken);
        return account;
    }

    /// <summary>
    /// Lists accounts whose name or address holds every word of <paramref name="search"/>; the one with exactly this address
    /// comes first. Who administers units gets the people of these. Who may not list accounts gets none, but who hands out
    /// roles somewhere finds that one if its owner is of an organisation where they do.
    /// </summary>
    public async Task<IReadOnlyList<Account>> ListAsync(Actor actor, string search, CancellationToken cancellationToken)
    {
        var all = await policy.HasAsync(actor, Permission.AccountList, Scope.Installation, cancellationToken);
        var units = (await policy.ScopesWithAsync(actor, Permission.AccountList, cancellationToken)).Units.ToArray();
        if (all || units.Length > 0)
        {
            var words = search.Split((char[]?)null, MostWords, StringSplitOptions.RemoveEmptyEntries);
            var key = await EmailKey.OfAsync(db, search, cancellationToken);
            var found = await db.ListAsync<Account>(WithWords, new { words, email_key = key, all, units }, cancellationToken);
            if (found.Count > 0 || all)
            {
                return found;
            }
        }

        return search.Length > 0 && await FindByProvedEmailAsync(search, cancellationToken) is { } account
            && await known.HasAsync(actor, account.Id, cancellationToken)
            ? [account]
            : [];
    }

    private async Task<bool> IsOfPeopleAsync(Actor actor, ActorId id, CancellationToken cancellationToken)
    {
        var units = (await policy.ScopesWithAsync(actor, Permission.AccountRead, cancellationToken)).Units.ToArray();
        return units.Length > 0 && await db.GetAsync<bool>(BelongsIn, new { id = id.Value, units }, cancellationToken);
    }

    /// <summary>Gives the names of actors, removed ones too; the books point at them. Unknown ids are left out.</summary>
    public Task<IReadOnlyDictionary<long, string>> NamesAsync(IEnumerable<long> ids, CancellationToken cancellationToken) =>
        NamesAsync(db, ids, cancellationToken);

    /// <summary>Gives the same to a command that has the database alone.</summary>
    public static async Task<IReadOnlyDictionary<long, string>> NamesAsync(Sql sql, IEnumerable<long> ids, CancellationToken cancellationToken)
    {
        var rows = await sql.ListAsync<Named>(NamesById, new { ids = ids.Distinct().ToArray() }, cancellationToken);
        return rows.ToDictionary(row => row.Id, row => row.DisplayName);
    }

    /// <summary>Gives actors by their ids, removed ones too. Unknown ids are left out.</summary>
    public async Task<IReadOnlyDictionary<long, KnownActor>> ActorsAsync(
        IEnumerable<long> ids, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<KnownActor>(ActorsById, new { ids = ids.Distinct().ToArray() }, cancellationToken);
        return rows.ToDictionary(row => row.Id);
    }

    /// <summary>Tells since when each account has its password; a removed one since it was removed. What was opened before that is ended.</summary>
    public async Task<IReadOnlyDictionary<long, DateTimeOffset>> PasswordsSinceAsync(
        IEnumerable<long> ids, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<PasswordSince>(PasswordsById, new { ids = ids.Distinct().ToArray() }, cancellationToken);
        return rows.ToDictionary(row => row.ActorId, row => row.PasswordChangedAt);
    }

    /// <summary>Tells whether any account was ever created here.</summary>
    public static Task<bool> AnyAsync(Sql sql, CancellationToken cancellationToken) =>
        sql.GetAsync<bool>(AnyAccount, null, cancellationToken);

    private sealed record PasswordSince(long ActorId, DateTimeOffset PasswordChangedAt);

    private sealed record Named(long Id, string DisplayName);
}
