using System.Text.Json;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Erasure;

/// <summary>Destroys the keys of a project that is ordered erased, and signs for it. May be run again after a process died at any point.</summary>
internal sealed class DestroyKeys(
    Db db, Keyring keyring, ServerSettings settings, ForgetProject forget, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    /// <summary>Writes down what keys there are before they go.</summary>
    public static string Describe(IReadOnlyList<DestroyedKey> keys) => JsonSerializer.Serialize(
        keys.Select(key => new CertifiedKey(key.Id.ToString(), key.Kind, TextOf(key.CreatedAt), key.Fingerprint)));

    /// <summary>Destroys the keys, drops what was made with them from memory, and writes the certificate into the ledger.</summary>
    public async Task RunAsync(Actor actor, ErasureRow order, CancellationToken cancellationToken)
    {
        var copies = Destroy(order.KeyId);
        await forget.RunAsync(order.Ref.Id);

        // From here on the keys are gone, whoever gives up waiting.
        var now = clock.GetUtcNow();
        var certificate = order.IsReplay ? null : Certificate(order, copies, now).Sign(keyring.LedgerSigningKey);
        await using var tx = await db.BeginAsync(CancellationToken.None);
        var isOpen = copies.Any(copy => copy.Problem is not null);
        if (!await ErasureRows.NoteDestroyedAsync(tx, order.ProjectId, now, certificate, isOpen, CancellationToken.None))
        {
            return;
        }

        var id = order.ProjectId.ToString();
        // Sealed with the installation's key: the project's is gone.
        var change = new Change("project.keys_destroyed", null, "project", id, null, new { certificate, copies });
        await changes.AppendAsync(tx, actor, change, CancellationToken.None);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("project.keys_destroyed", order.Ref.Id, "project", id, isOpen ? "a copy is still to be replaced" : null), CancellationToken.None);
        await tx.CommitAsync(CancellationToken.None);
    }

    private IReadOnlyList<ReplacedCopy> Destroy(Guid key)
    {
        try
        {
            return IsDestroyed(key) ? keyring.ReplaceAll() : keyring.DestroyProjectKeys(key).Copies;
        }
        catch (VaultException gone) when (gone.Reason == VaultFailure.KeyMissing && IsDestroyed(key))
        {
            // Whoever ordered it and the round in the background came at once.
            return keyring.ReplaceAll();
        }
    }

    private bool IsDestroyed(Guid key) => keyring.ErasedProjects.Any(erased => erased.Project == key);

    private ErasureCertificate Certificate(ErasureRow order, IReadOnlyList<ReplacedCopy> copies, DateTimeOffset now) => new(
        ErasureCertificate.CurrentFormat,
        keyring.InstallationId,
        order.ProjectId,
        order.KeyId,
        JsonSerializer.Deserialize<IReadOnlyList<CertifiedKey>>(order.Keys) ?? [],
        order.EpochBefore,
        keyring.Epoch,
        keyring.Generation,
        [.. copies.Select(copy => new CertifiedCopy(PlaceOf(copy.Path), copy.Problem is null, copy.Target))],
        TextOf(order.BegunAt),
        TextOf(now),
        order.ByActor);

    private string PlaceOf(string path)
    {
        var below = Path.GetRelativePath(settings.DataDirectory, path);
        return below.StartsWith("..", StringComparison.Ordinal) ? path : below;
    }

    private static string TextOf(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
}
