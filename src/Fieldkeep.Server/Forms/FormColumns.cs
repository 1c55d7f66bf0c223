using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Forms;

/// <summary>The room's sealed columns, for when a project's key changes. Versions share files: a row of one is found in all.</summary>
internal static class FormColumns
{
    /// <summary>What is kept of a file beside its bytes.</summary>
    public static readonly SealedColumn Meta = new(
        "forms.attachments.meta",
        EnvelopePurpose.FormFile,
        $"""
        select distinct on (row_id) row_id as at, 0 as at_version, 0 as at_ordinal, ''::bytea as at_name, row_id as row, 1 as version,
               {SealedColumn.SealedIn("meta")}
        from forms.attachments where row_id > @after
        order by row_id, substring(meta from 5 for 16) = any (@keys::bytea[]) desc limit @rows
        """,
        $"""
        update forms.attachments a set meta = n.fresh
        {SealedColumn.FreshRows}
        where a.row_id = n.at and a.meta = n.old
        """);

    /// <summary>The files.</summary>
    public static readonly SealedBlobColumn Blob = new(
        "forms.attachments.blob",
        "forms.attachments.blob",
        EnvelopePurpose.FormFile,
        """
        select distinct on (a.row_id, a.blob) a.row_id as at, 0 as at_version, 0 as at_ordinal, a.blob as at_name, a.row_id as row, 1 as version, a.blob as sealed
        from forms.attachments a join forms.versions v on v.id = a.version_id join forms.forms f on f.id = v.form_id
        where f.project_id = @project and a.blob is not null and (a.row_id, a.blob) > (@after, @afterName::bytea)
        order by a.row_id, a.blob limit @rows
        """,
        "update forms.attachments set blob = @fresh where row_id = @row and blob = @old");

    /// <summary>Why questions are not confidential any more.</summary>
    public static readonly SealedColumn ConfidentialFlags = SealedColumn.ByRow("forms.confidential_flags.reason", EnvelopePurpose.Record);

    /// <summary>What authors answered to the privacy check.</summary>
    public static readonly SealedColumn PrivacyDecisions = SealedColumn.ByRow("forms.privacy_decisions.body", EnvelopePurpose.Record);
}
