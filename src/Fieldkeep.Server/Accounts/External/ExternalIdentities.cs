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
    public async Task<ActorId?> FindAsync(ExternalIdentity identity, CancellationToken cancellationToken) =>
        await db.FindAsync<long?>(BySubject, new { identity.Issuer, subject = HashOf(identity) }, cancellationToken) is { } id
            ? new ActorId(id)
            : null;

    /// <summary>Joins an identity to an account; false when it is joined to one already.</summary>
    public async Task<bool> LinkAsync(Tx tx, ActorId account, ExternalIdentity identity, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(
            Insert,
            new { id = account.Value, identity.Issuer, subject = HashOf(identity), now = clock.GetUtcNow() },
            cancellationToken) == 1;

    /// <summary>Notes that an identity was signed in with.</summary>
    public Task NoteUseAsync(Tx tx, ExternalIdentity identity, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Used, new { identity.Issuer, subject = HashOf(identity), now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Parts an account from every identity, in the caller's transaction.</summary>
    public static Task EndAllAsync(Tx tx, ActorId account, DateTimeOffset now, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(EndOfAccount, new { id = account.Value, now }, cancellationToken);

    // The length keeps issuer and subject apart.
    private byte[] HashOf(ExternalIdentity identity) =>
        keyring.Pepper.Compute("accounts.external", $"{identity.Issuer.Length} {identity.Issuer}{identity.Subject}");
}

/// <summary>Somebody as a provider knows them.</summary>
/// <param name="Subject">Its lasting name for them.</param>
internal sealed record ExternalIdentity(string Issuer, string Subject)
{
    /// <inheritdoc/>
    public override string ToString() => "ExternalIdentity";
}
