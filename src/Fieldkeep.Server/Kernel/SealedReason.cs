using System.Text;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Kernel;

/// <summary>Seals and opens what people stated as the reason of something, with the installation's key, bound to the row it stands in.</summary>
internal static class SealedReason
{
    /// <summary>Seals a reason.</summary>
    /// <param name="column">The column with its table.</param>
    public static byte[] Seal(Keyring keyring, string column, Guid row, string reason) =>
        Envelope.Seal(keyring.InstallationKey, EnvelopePurpose.Record, Bound(keyring, column, row), Encoding.UTF8.GetBytes(reason));

    /// <summary>Opens a reason.</summary>
    /// <exception cref="Vault.VaultException">It is damaged, or of another row.</exception>
    public static string Open(Keyring keyring, string column, Guid row, ReadOnlySpan<byte> reason) =>
        Encoding.UTF8.GetString(Envelope.Open(keyring.InstallationKey, EnvelopePurpose.Record, Bound(keyring, column, row), reason));

    private static EnvelopeContext Bound(Keyring keyring, string column, Guid row) => new(keyring.InstallationId, Guid.Empty, column, row, 1);
}
