using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts.Removal;

/// <summary>Keeps that an address was a removed account's, as a keyed hash: for a year nobody gets it, so that nobody is taken for who had it.</summary>
internal sealed class RetiredAddresses(Keyring keyring, TimeProvider clock)
{
    /// <summary>How long after the end an address stays nobody's.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(365);

    private const string Add = """
        insert into accounts.retired_addresses (address_mac, actor_id, until) values (@mac, @actor, @until)
        on conflict (address_mac) do update set actor_id = excluded.actor_id, until = excluded.until
        """;
    private const string Is = "select exists (select from accounts.retired_addresses where address_mac = @mac and until > @now)";
    private const string GiveBack = "delete from accounts.retired_addresses where actor_id = @actor";
    private const string Lapsed = "delete from accounts.retired_addresses where until <= @now";

    /// <summary>Keeps an address.</summary>
    /// <param name="key">As <see cref="EmailKey"/> writes it.</param>
    public Task AddAsync(Tx tx, ActorId account, string key, DateTimeOffset until, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Add, new { mac = MacOf(key), actor = account.Value, until }, cancellationToken);

    /// <summary>Refuses an address that was a removed account's, in the words for one that somebody has.</summary>
    /// <exception cref="ProblemException"><c>account.email_taken</c>.</exception>
    public async Task RequireFreeAsync(Tx tx, string key, CancellationToken cancellationToken)
    {
        if (await tx.GetAsync<bool>(Is, new { mac = MacOf(key), now = clock.GetUtcNow() }, cancellationToken))
        {
            throw AccountProblems.EmailTaken();
        }
    }

    /// <summary>Gives the addresses of an account back to it.</summary>
    public static Task GiveBackAsync(Tx tx, ActorId account, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(GiveBack, new { actor = account.Value }, cancellationToken);

    /// <summary>Forgets those whose time is over.</summary>
    public Task ForgetLapsedAsync(Sql sql, CancellationToken cancellationToken) =>
        sql.ExecuteAsync(Lapsed, new { now = clock.GetUtcNow() }, cancellationToken);

    private byte[] MacOf(string key) => keyring.Pepper.Compute("accounts.retired_address", key);
}
