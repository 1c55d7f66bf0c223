using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Exports.Saved;

/// <summary>The room's sealed column, for when a project's key changes.</summary>
internal static class SavedExportColumns
{
    /// <summary>Settings of saved exports.</summary>
    public static readonly SealedColumn Settings = new(
        "exports.saved.settings",
        EnvelopePurpose.Record,
        """
        select id as at, 0 as at_version, 0 as at_ordinal, ''::bytea as at_name, id as row, 1 as version,
               case when substring(settings from 5 for 16) = any (@keys::bytea[]) then settings end as sealed
        from exports.saved where id > @after order by id limit @rows
        """,
        """
        update exports.saved t set settings = n.fresh
        from unnest(@at::uuid[], @atVersion::integer[], @atOrdinal::integer[], @atName::bytea[], @old::bytea[], @fresh::bytea[])
            as n (at, version, ordinal, name, old, fresh)
        where t.id = n.at and t.settings = n.old
        """);
}
