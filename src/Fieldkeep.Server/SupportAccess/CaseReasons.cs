using System.Text;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Seals and opens what people write about why access is needed; it may say anything, names of respondents too.</summary>
internal sealed class CaseReasons(Keyring keyring)
{
    private const string Column = "support_access.cases.reason";

    /// <summary>Seals a reason for its row.</summary>
    public byte[] Seal(Guid row, string reason) =>
        Envelope.Seal(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row), Encoding.UTF8.GetBytes(reason));

    /// <summary>Opens the reason of a row.</summary>
    public string Open(Guid row, byte[] reason) =>
        Encoding.UTF8.GetString(Envelope.Open(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row), reason));

    private EnvelopeContext ContextOf(Guid row) => new(keyring.InstallationId, Guid.Empty, Column, row, 1);
}
