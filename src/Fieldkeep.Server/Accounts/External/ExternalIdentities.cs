using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts.External;

/// <summary>Knows whose identity at the provider is whose account here. Subjects are kept as keyed hashes.</summary>
internal sealed class ExternalIdentities(Db db, Keyring keyring, TimeProvider clock)
{
    private const string BySubject = """
        select actor_id from accounts.external_identities
        where issuer = @issuer and subject_hash = @subject and ended_at is null
        """;
    private const string Insert = """
        insert into accounts.external_identities (actor_id, issuer, subject_hash, linked_at, last_used_at)
        values (@id, @issuer, @subject, @now, @now)
        on conflict (issuer, subject_hash) where ended_at is null do nothing
        """;
    private const string Used = """
        update accounts.external_identities set last_used_at = @now
        where issuer = @issuer and subject_hash = @subject and ended_at is null
        """;
    private const string EndOfAccount = """
        update accounts.external_identities set ended_at = @now where actor_id = @id and ended_at is null
        """;

    /// <summary>Finds the account that an identity is joined to; null when to none.</summary>
    public async Task<ActorId?> FindAsync(string issuer, ExternalPerson person, CancellationToken cancellationToken) =>
        await db.FindAsync<long?>(BySubject, new { issuer, subject = HashOf(issuer, person) }, cancellationToken) is { } id
            ? new ActorId(id)
            : null;

    /// <summary>Joins an identity to an account; false when it is joined to one already.</summary>
    public async Task<bool> LinkAsync(Tx tx, ActorId account, string issuer, ExternalPerson person, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(
            Insert,
            new { id = account.Value, issuer, subject = HashOf(issuer, person), now = clock.GetUtcNow() },
            cancellationToken) == 1;

    /// <summary>Notes that an identity was signed in with.</summary>
    public Task NoteUseAsync(Tx tx, string issuer, ExternalPerson person, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Used, new { issuer, subject = HashOf(issuer, person), now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Parts an account from every identity, in the caller's transaction.</summary>
    public static Task EndAllAsync(Tx tx, ActorId account, DateTimeOffset now, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(EndOfAccount, new { id = account.Value, now }, cancellationToken);

    // The length keeps issuer and subject apart.
    private byte[] HashOf(string issuer, ExternalPerson person) =>
        keyring.Pepper.Compute("accounts.external", $"{issuer.Length} {issuer}{person.Subject}");
}
