using System.Text;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts;

/// <summary>Seals and opens where sessions were begun from; only their owners are shown it.</summary>
internal sealed class SessionAddresses(Keyring keyring)
{
    private const string Column = "accounts.sessions.address_sealed";

    /// <summary>Seals an address; null when there is none.</summary>
    public byte[]? Seal(Guid row, string? address) =>
        address is null
            ? null
            : Envelope.Seal(
                keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row), Encoding.UTF8.GetBytes(address), new SealOptions(Pad: true));

    /// <summary>Opens an address; null when there is none.</summary>
    public string? Open(Guid? row, byte[]? address) =>
        row is { } id && address is not null
            ? Encoding.UTF8.GetString(Envelope.Open(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(id), address))
            : null;

    private EnvelopeContext ContextOf(Guid row) => new(keyring.InstallationId, Guid.Empty, Column, row, 1);
}
