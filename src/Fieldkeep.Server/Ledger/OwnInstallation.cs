using Fieldkeep.Server.Database;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;

namespace Fieldkeep.Server.Ledger;

/// <summary>
/// Ties a database to the keys that its contents are sealed with. A server started with an empty data directory beside a database of its operator makes new keys:
/// without this it would sign the ledger of others, seal what nobody else can open, and take their keys for erased.
/// </summary>
internal sealed class OwnInstallation(Db db, Keyring keyring, TimeProvider clock)
{
    private const string Places = "select to_regclass('ledger.installation') is not null as is_noted, to_regclass('ledger.checkpoints') is not null as has_ledger";
    private const string Noted = "select id from ledger.installation";

    // Databases from before the note: the ledger says who signed it first. Whoever came with other keys since is the one who does not belong here.
    private const string FirstNote = "select note from ledger.checkpoints order by size limit 1";
    private const string Note = "insert into ledger.installation (id, noted_at) values (@id, @now) on conflict do nothing";

    /// <summary>Refuses a database that belongs to other keys; call before anything is migrated.</summary>
    /// <exception cref="VaultException">KeyringMissing: the keys of this database are elsewhere.</exception>
    public async Task RequireAsync(CancellationToken cancellationToken)
    {
        var places = await db.GetAsync<PlacesRow>(Places, null, cancellationToken);
        var noted = places.IsNoted ? await db.FindAsync<Guid?>(Noted, null, cancellationToken) : null;
        if (noted is not null ? noted != keyring.InstallationId : places.HasLedger && !await IsSignedByUsAsync(cancellationToken))
        {
            throw new VaultException(
                VaultFailure.KeyringMissing,
                $"This database belongs to {(noted is null ? "another installation" : $"installation {noted}")}, and the keys in the data directory are those of {keyring.InstallationId}. "
                + "Give the data directory that this database was used with, put its folder “keys” back in the place of the new one, or restore the newest backup into a new directory. Nothing was changed.");
        }
    }

    /// <summary>Notes whose database it is; call once it is migrated.</summary>
    /// <exception cref="VaultException">KeyringMissing: another server with other keys was faster.</exception>
    public async Task NoteAsync(CancellationToken cancellationToken)
    {
        await db.ExecuteAsync(Note, new { id = keyring.InstallationId, now = clock.GetUtcNow() }, cancellationToken);
        await RequireAsync(cancellationToken);
    }

    private async Task<bool> IsSignedByUsAsync(CancellationToken cancellationToken) =>
        await db.FindAsync<string>(FirstNote, null, cancellationToken) is not { } note
        || note.StartsWith(Checkpoint.OriginOf(keyring.InstallationId) + "\n", StringComparison.Ordinal);

    private sealed record PlacesRow(bool IsNoted, bool HasLedger);
}
