using System.Buffers.Text;
using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Answers.Segments;

/// <summary>The room's sealed columns, for when a project's key changes.</summary>
internal static class SegmentColumns
{
    /// <summary>Heads of segments.</summary>
    public static readonly SealedColumn Heads = SealedColumn.ByRow("answers.segments.head", EnvelopePurpose.Block, "id");

    /// <summary>Columns of segments; their keyed name is bound in.</summary>
    public static readonly SealedColumn Bodies = new(
        "answers.columns.body",
        EnvelopePurpose.Block,
        $"""
        select segment_id as at, 0 as at_version, 0 as at_ordinal, name_mac as at_name, segment_id as row, 1 as version,
               {SealedColumn.SealedIn("body")}
        from answers.columns where (segment_id, name_mac) > (@after, @afterName) order by segment_id, name_mac limit @rows
        """,
        $"""
        update answers.columns t set body = n.fresh
        {SealedColumn.FreshRows}
        where t.segment_id = n.at and t.name_mac = n.name and t.body = n.old
        """)
    {
        BoundTo = name => $"answers.columns.{Base64Url.EncodeToString(name)}",
    };
}
