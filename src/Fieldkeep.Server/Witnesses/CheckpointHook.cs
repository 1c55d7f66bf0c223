using System.Text.Json;
using Fieldkeep.Server.Hooks;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;

namespace Fieldkeep.Server.Witnesses;

/// <summary>Sends a checkpoint as a signed request: docs/formats/ledger.md, “Webhook”.</summary>
internal sealed class CheckpointHook(HookCarrier carrier, Keyring keyring)
{
    /// <summary>Sends one; gives null when it was taken, else why not.</summary>
    public async Task<string?> SendAsync(WitnessPlace place, CheckpointRow checkpoint, CancellationToken cancellationToken) =>
        place.Secret is { } secret ? await carrier.SendAsync(place.Address, secret, BodyOf(checkpoint), cancellationToken) : "unreadable";

    private byte[] BodyOf(CheckpointRow checkpoint) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        kind = "checkpoint",
        origin = Checkpoint.OriginOf(keyring.InstallationId),
        publicKey = Convert.ToBase64String(keyring.LedgerSigningKey.PublicKey),
        size = checkpoint.Size,
        root = Convert.ToBase64String(checkpoint.Root),
        at = checkpoint.At,
        note = checkpoint.Note,
    });
}
