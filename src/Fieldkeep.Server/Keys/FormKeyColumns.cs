using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Keys;

/// <summary>The room's sealed columns, for when a project's key changes. Under the project's seal a private half stays under its passphrase.</summary>
internal static class FormKeyColumns
{
    /// <summary>What reminds of a passphrase.</summary>
    public static readonly SealedColumn Hint = SealedColumn.ByRow("keys.form_keys.hint", EnvelopePurpose.Setting);

    /// <summary>Private halves.</summary>
    public static readonly SealedColumn PrivateKey = SealedColumn.ByRow("keys.form_keys.private_key", EnvelopePurpose.Setting);
}
