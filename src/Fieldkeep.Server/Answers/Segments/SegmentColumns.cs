using System.Buffers.Text;
using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Answers.Segments;

/// <summary>The room's sealed columns, for when a project's key changes.</summary>
internal static class SegmentColumns
{
    /// <summary>Heads of segments.</summary>
    public static readonly SealedColumn Heads = new(
        "answers.segments.head",
        EnvelopePurpose.Block,
        """
        select id as at, 0 as at_version, 0 as at_ordinal, ''::bytea as at_name, id as row, 1 as version,
               case when substring(head from 5 for 16) = any (@keys::bytea[]) then head end as sealed
        from answers.segments where id > @after order by id limit @rows
        """,
        """
        update answers.segments t set head = n.fresh
        from unnest(@at::uuid[], @atVersion::integer[], @atOrdinal::integer[], @atName::bytea[], @old::bytea[], @fresh::bytea[])
            as n (at, version, ordinal, name, old, fresh)
        where t.id = n.at and t.head = n.old
        """);

    /// <summary>Columns of segments; their keyed name is bound in.</summary>
    public static readonly SealedColumn Bodies = new(
        "answers.columns.body",
        EnvelopePurpose.Block,
        """
        select segment_id as at, 0 as at_version, 0 as at_ordinal, name_mac as at_name, segment_id as row, 1 as version,
               case when substring(body from 5 for 16) = any (@keys::bytea[]) then body end as sealed
        from answers.columns where (segment_id, name_mac) > (@after, @afterName) order by segment_id, name_mac limit @rows
        """,
        """
        update answers.columns t set body = n.fresh
        from unnest(@at::uuid[], @atVersion::integer[], @atOrdinal::integer[], @atName::bytea[], @old::bytea[], @fresh::bytea[])
            as n (at, version, ordinal, name, old, fresh)
        where t.segment_id = n.at and t.name_mac = n.name and t.body = n.old
        """)
    {
        BoundTo = name => $"answers.columns.{Base64Url.EncodeToString(name)}",
    };
}
