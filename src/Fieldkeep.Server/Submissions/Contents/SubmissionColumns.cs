using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Submissions.Contents;

/// <summary>The room's sealed columns, for when a project's key changes.</summary>
internal static class SubmissionColumns
{
    /// <summary>Columns that hold envelopes.</summary>
    public static readonly IReadOnlyList<SealedColumn> All =
    [
        OfVersion("xml"),
        OfVersion("meta"),
        OfName(EnvelopePurpose.Record, "not confidential"),
        OfName(EnvelopePurpose.Confidential, "confidential"),
        new(
            "submissions.confidential.sealed",
            EnvelopePurpose.Confidential,
            $"""
            select submission_id as at, version as at_version, 0 as at_ordinal, ''::bytea as at_name, submission_id as row, version,
                   {SealedColumn.SealedIn("sealed")}
            from submissions.confidential where (submission_id, version) > (@after, @afterVersion)
            order by submission_id, version limit @rows
            """,
            $"""
            update submissions.confidential v set sealed = n.fresh
            {SealedColumn.FreshRows}
            where v.submission_id = n.at and v.version = n.version and v.sealed = n.old
            """),
        SealedColumn.ByRow("submissions.comments.body", EnvelopePurpose.Record),
        SealedColumn.ByRow("submissions.events.body", EnvelopePurpose.Record),
        SealedColumn.ByRow("submissions.row_conditions.body", EnvelopePurpose.Record),
    ];

    /// <summary>Columns that name blobs.</summary>
    public static readonly IReadOnlyList<SealedBlobColumn> Blobs =
    [
        new(
            "submissions.versions.xml_blob",
            "submissions.versions.xml",
            EnvelopePurpose.Record,
            """
            select submission_id as at, version as at_version, 0 as at_ordinal, ''::bytea as at_name, submission_id as row, version,
                   case when xml_blob is not null and exists (
                       select from submissions.submissions s where s.id = submission_id and s.project_id = @project) then xml_blob end as sealed
            from submissions.versions where (submission_id, version) > (@after, @afterVersion)
            order by submission_id, version limit @rows
            """,
            """
            update submissions.versions set xml_blob = @fresh
            where submission_id = @at and version = @atVersion and xml_blob = @old
            """),
        OfFile(EnvelopePurpose.Attachment, "not confidential"),
        OfFile(EnvelopePurpose.ConfidentialFile, "confidential"),
    ];

    private static SealedColumn OfVersion(string column) => new(
        $"submissions.versions.{column}",
        EnvelopePurpose.Record,
        $"""
        select submission_id as at, version as at_version, 0 as at_ordinal, ''::bytea as at_name, submission_id as row, version,
               {SealedColumn.SealedIn(column)}
        from submissions.versions where (submission_id, version) > (@after, @afterVersion)
        order by submission_id, version limit @rows
        """,
        $"""
        update submissions.versions v set {column} = n.fresh
        {SealedColumn.FreshRows}
        where v.submission_id = n.at and v.version = n.version and v.{column} = n.old
        """);

    // A confidential file's name and bytes have other keys than the others'.
    private static SealedColumn OfName(EnvelopePurpose purpose, string which) => new(
        "submissions.attachments.name",
        purpose,
        $"""
        select submission_id as at, version as at_version, ordinal as at_ordinal, ''::bytea as at_name, row_id as row, 1 as version,
               case when {which} and substring(name from 5 for 16) = any (@keys::bytea[]) then name end as sealed
        from submissions.attachments where (submission_id, version, ordinal) > (@after, @afterVersion, @afterOrdinal)
        order by submission_id, submissions.attachments.version, ordinal limit @rows
        """,
        $"""
        update submissions.attachments a set name = n.fresh
        {SealedColumn.FreshRows}
        where a.submission_id = n.at and a.version = n.version and a.ordinal = n.ordinal and a.name = n.old
        """);

    private static SealedBlobColumn OfFile(EnvelopePurpose purpose, string which) => new(
        "submissions.attachments.blob",
        "submissions.attachments.blob",
        purpose,
        $"""
        select submission_id as at, version as at_version, ordinal as at_ordinal, ''::bytea as at_name, row_id as row, 1 as version,
               case when {which} and blob is not null and exists (
                   select from submissions.submissions s where s.id = submission_id and s.project_id = @project) then blob end as sealed
        from submissions.attachments where (submission_id, version, ordinal) > (@after, @afterVersion, @afterOrdinal)
        order by submission_id, submissions.attachments.version, ordinal limit @rows
        """,
        """
        update submissions.attachments set blob = @fresh where submission_id = @at and row_id = @row and blob = @old
        """);
}
