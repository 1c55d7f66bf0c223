using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Npgsql;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Keeps passkeys: public keys whose private halves never leave a person's device.</summary>
internal sealed class Passkeys(Db db, WaitingResets resets, TimeProvider clock)
{
    /// <summary>The most passkeys of one account.</summary>
    public const int Most = 20;

    /// <summary>The longest name of one.</summary>
    public const int MostNameCharacters = 100;

    private const string Columns = """
        select passkeys.id, passkeys.actor_id, passkeys.credential_id, passkeys.name, passkeys.public_key, passkeys.sign_count,
            array_to_string(passkeys.transports, ' ') as transports, passkeys.is_backup_eligible, passkeys.is_backed_up, passkeys.created_at, passkeys.last_used_at
        from accounts.passkeys
        join accounts.accounts on accounts.actor_id = passkeys.actor_id and accounts.deleted_at is null
        """;
    private const string OfActor = Columns + " where passkeys.actor_id = @actor order by passkeys.id";
    private const string ByCredential = Columns + " where passkeys.credential_id = @credential";
    private const string Insert = """
        insert into accounts.passkeys
            (actor_id, credential_id, name, public_key, sign_count, transports, is_backup_eligible, is_backed_up, created_at)
        values (@actor, @credential, @name, @public_key, @sign_count, @transports, @is_backup_eligible, @is_backed_up, @now)
        returning id
        """;
    private const string Used = """
        update accounts.passkeys set sign_count = @sign_count, is_backed_up = @is_backed_up, last_used_at = @now
        where credential_id = @credential
        """;
    private const string Rename = "update accounts.passkeys set name = @name where id = @id and actor_id = @actor";
    private const string Remove = "delete from accounts.passkeys where id = @id and actor_id = @actor";

    /// <summary>Lists the passkeys of an account that was not removed, oldest first.</summary>
    public Task<IReadOnlyList<Passkey>> ListAsync(ActorId actor, CancellationToken cancellationToken) =>
        db.ListAsync<Passkey>(OfActor, new { actor = actor.Value }, cancellationToken);

    /// <summary>Finds a passkey by the id that its authenticator gave it.</summary>
    public Task<Passkey?> FindAsync(byte[] credential, CancellationToken cancellationToken) =>
        db.FindAsync<Passkey>(ByCredential, new { credential }, cancellationToken);

    /// <summary>Adds a passkey; gives its id.</summary>
    /// <exception cref="ProblemException"><c>factor.passkey_unfit</c>: it is registered already.</exception>
    public async Task<long> AddAsync(Tx tx, ActorId actor, string name, ProvenPasskey passkey, CancellationToken cancellationToken)
    {
        var row = new
        {
            actor = actor.Value,
            credential = passkey.CredentialId,
            name,
            public_key = passkey.PublicKey,
            sign_count = passkey.SignCount,
            transports = passkey.Transports.ToArray(),
            is_backup_eligible = passkey.IsBackupEligible,
            is_backed_up = passkey.IsBackedUp,
            now = clock.GetUtcNow(),
        };
        try
        {
            return await tx.GetAsync<long>(Insert, row, cancellationToken);
        }
        catch (PostgresException problem) when (problem.ConstraintName == "passkeys_credential_id_key")
        {
            throw FactorProblems.PasskeyUnfit();
        }
    }

    /// <summary>Notes a use, with what the authenticator said; gives false when it was removed meanwhile.</summary>
    /// <param name="caller">Who showed it; not signed in yet, perhaps.</param>
    public async Task<bool> NoteUseAsync(Tx tx, Actor caller, ProvenPasskey passkey, CancellationToken cancellationToken)
    {
        await resets.FactorShownAsync(tx, caller, passkey.Owner, cancellationToken);
        return await tx.ExecuteAsync(
            Used,
            new
            {
                credential = passkey.CredentialId,
                sign_count = passkey.SignCount,
                is_backed_up = passkey.IsBackedUp,
                now = clock.GetUtcNow(),
            },
            cancellationToken) == 1;
    }

    /// <summary>Renames a passkey of the account.</summary>
    /// <exception cref="ProblemException"><c>factor.not_found</c>.</exception>
    public static async Task RenameAsync(Tx tx, ActorId actor, long id, string name, CancellationToken cancellationToken)
    {
        if (await tx.ExecuteAsync(Rename, new { id, actor = actor.Value, name }, cancellationToken) == 0)
        {
            throw FactorProblems.Unknown();
        }
    }

    /// <summary>Removes a passkey of the account.</summary>
    /// <exception cref="ProblemException"><c>factor.not_found</c>.</exception>
    public static async Task RemoveAsync(Tx tx, ActorId actor, long id, CancellationToken cancellationToken)
    {
        if (await tx.ExecuteAsync(Remove, new { id, actor = actor.Value }, cancellationToken) == 0)
        {
            throw FactorProblems.Unknown();
        }
    }

    /// <summary>Trims a name, or refuses it.</summary>
    /// <exception cref="ProblemException"><c>factor.name_invalid</c>.</exception>
    public static string CheckName(string? name)
    {
        var trimmed = name?.Trim() ?? "";
        return trimmed.Length is > 0 and <= MostNameCharacters && !trimmed.Contains('\0', StringComparison.Ordinal) && EmailKey.IsText(trimmed)
            ? trimmed
            : throw FactorProblems.NameInvalid();
    }
}

/// <summary>A passkey as it is kept.</summary>
/// <param name="Transports">How its authenticator is reached, such as <c>internal</c> or <c>usb</c>; separated by spaces.</param>
internal sealed record Passkey(
    long Id,
    ActorId ActorId,
    byte[] CredentialId,
    string Name,
    byte[] PublicKey,
    long SignCount,
    string Transports,
    bool IsBackupEligible,
    bool IsBackedUp,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastUsedAt);

/// <summary>A passkey that just answered our question, with its person's finger, face or PIN.</summary>
/// <param name="Owner">Whose it is; of a new one, who registers it.</param>
internal sealed record ProvenPasskey(
    ActorId Owner,
    byte[] CredentialId,
    byte[] PublicKey,
    long SignCount,
    IReadOnlyList<string> Transports,
    bool IsBackupEligible,
    bool IsBackedUp);
