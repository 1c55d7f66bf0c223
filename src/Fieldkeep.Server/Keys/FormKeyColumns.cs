using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Keys;

/// <summary>The room's sealed columns, for when a project's key changes. Under the project's seal a private half stays under its passphrase.</summary>
internal static class FormKeyColumns
{
    /// <summary>What reminds of a passphrase.</summary>
    public static readonly SealedColumn Hint = new(
        "keys.form_keys.hint",
        EnvelopePurpose.Setting,
        """
        select row_id as at, 0 as at_version, 0 as at_ordinal, ''::bytea as at_name, row_id as row, 1 as version,
               case when substring(hint from 5 for 16) = any (@keys::bytea[]) then hint end as sealed
        from keys.form_keys where row_id > @after order by row_id limit @rows
        """,
        """
        update keys.form_keys t set hint = n.fresh
        from unnest(@at::uuid[], @atVersion::integer[], @atOrdinal::integer[], @atName::bytea[], @old::bytea[], @fresh::bytea[])
            as n (at, version, ordinal, name, old, fresh)
        where t.row_id = n.at and t.hint = n.old
        """);

    /// <summary>Private halves.</summary>
    public static readonly SealedColumn PrivateKey = new(
        "keys.form_keys.private_key",
        EnvelopePurpose.Setting,
        """
        select row_id as at, 0 as at_version, 0 as at_ordinal, ''::bytea as at_name, row_id as row, 1 as version,
               case when substring(private_key from 5 for 16) = any (@keys::bytea[]) then private_key end as sealed
        from keys.form_keys where row_id > @after order by row_id limit @rows
        """,
        """
        update keys.form_keys t set private_key = n.fresh
        from unnest(@at::uuid[], @atVersion::integer[], @atOrdinal::integer[], @atName::bytea[], @old::bytea[], @fresh::bytea[])
            as n (at, version, ordinal, name, old, fresh)
        where t.row_id = n.at and t.private_key = n.old
        """);
}
