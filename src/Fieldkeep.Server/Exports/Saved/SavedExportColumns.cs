using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Exports.Saved;

/// <summary>The room's sealed column, for when a project's key changes.</summary>
internal static class SavedExportColumns
{
    /// <summary>Settings of saved exports.</summary>
    public static readonly SealedColumn Settings = SealedColumn.ByRow("exports.saved.settings", EnvelopePurpose.Record, "id");
}
