using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Submissions.Contents;

/// <summary>The room's sealed columns, for when a project's key changes.</summary>
internal static class SubmissionColumns
{
    /// <summary>Columns that hold envelopes.</summary>
    public static readonly IReadOnlyList<SealedColumn> All =
    [
        new(
            "submissions.versions.xml",
            EnvelopePurpose.Record,
            """
            select submission_id as at, version as at_version, 0 as at_ordinal, ''::bytea as at_name, submission_id as row, version,
                   case when substring(xml from 5 for 16) = any (@keys::bytea[]) then xml end as sealed
            from submissions.versions where (submission_id, version) > (@after, @afterVersion)
            order by submission_id, version limit @rows
            """,
            """
            update submissions.versions v set xml = n.fresh
            from unnest(@at::uuid[], @atVersion::integer[], @atOrdinal::integer[], @atName::bytea[], @old::bytea[], @fresh::bytea[])
                as n (at, version, ordinal, name, old, fresh)
            where v.submission_id = n.at and v.version = n.version and v.xml = n.old
            """),
        new(
            "submissions.versions.meta",
            EnvelopePurpose.Record,
            """
            select submission_id as at, version as at_version, 0 as at_ordinal, ''::bytea as at_name, submission_id as row, version,
                   case when substring(meta from 5 for 16) = any (@keys::bytea[]) then meta end as sealed
            from submissions.versions where (submission_id, version) > (@after, @afterVersion)
            order by submission_id, version limit @rows
            """,
            """
            update submissions.versions v set meta = n.fresh
            from unnest(@at::uuid[], @atVersion::integer[], @atOrdinal::integer[], @atName::bytea[], @old::bytea[], @fresh::bytea[])
                as n (at, version, ordinal, name, old, fresh)
            where v.submission_id = n.at and v.version = n.version and v.meta = n.old
            """),
        new(
            "submissions.attachments.name",
            EnvelopePurpose.Record,
            """
            select submission_id as at, version as at_version, ordinal as at_ordinal, ''::bytea as at_name, row_id as row, 1 as version,
                   case when substring(name from 5 for 16) = any (@keys::bytea[]) then name end as sealed
            from submissions.attachments where (submission_id, version, ordinal) > (@after, @afterVersion, @afterOrdinal)
            order by submission_id, submissions.attachments.version, ordinal limit @rows
            """,
            """
            update submissions.attachments a set name = n.fresh
            from unnest(@at::uuid[], @atVersion::integer[], @atOrdinal::integer[], @atName::bytea[], @old::bytea[], @fresh::bytea[])
                as n (at, version, ordinal, name, old, fresh)
            where a.submission_id = n.at and a.version = n.version and a.ordinal = n.ordinal and a.name = n.old
            """),
        new(
            "submissions.comments.body",
            EnvelopePurpose.Record,
            """
            select row_id as at, 0 as at_version, 0 as at_ordinal, ''::bytea as at_name, row_id as row, 1 as version,
                   case when substring(body from 5 for 16) = any (@keys::bytea[]) then body end as sealed
            from submissions.comments where row_id > @after order by row_id limit @rows
            """,
            """
            update submissions.comments c set body = n.fresh
            from unnest(@at::uuid[], @atVersion::integer[], @atOrdinal::integer[], @atName::bytea[], @old::bytea[], @fresh::bytea[])
                as n (at, version, ordinal, name, old, fresh)
            where c.row_id = n.at and c.body = n.old
            """),
        new(
            "submissions.events.body",
            EnvelopePurpose.Record,
            """
            select row_id as at, 0 as at_version, 0 as at_ordinal, ''::bytea as at_name, row_id as row, 1 as version,
                   case when substring(body from 5 for 16) = any (@keys::bytea[]) then body end as sealed
            from submissions.events where row_id > @after order by row_id limit @rows
            """,
            """
            update submissions.events e set body = n.fresh
            from unnest(@at::uuid[], @atVersion::integer[], @atOrdinal::integer[], @atName::bytea[], @old::bytea[], @fresh::bytea[])
                as n (at, version, ordinal, name, old, fresh)
            where e.row_id = n.at and e.body = n.old
            """),
        new(
            "submissions.row_conditions.body",
            EnvelopePurpose.Record,
            """
            select row_id as at, 0 as at_version, 0 as at_ordinal, ''::bytea as at_name, row_id as row, 1 as version,
                   case when substring(body from 5 for 16) = any (@keys::bytea[]) then body end as sealed
            from submissions.row_conditions where row_id > @after order by row_id limit @rows
            """,
            """
            update submissions.row_conditions c set body = n.fresh
            from unnest(@at::uuid[], @atVersion::integer[], @atOrdinal::integer[], @atName::bytea[], @old::bytea[], @fresh::bytea[])
                as n (at, version, ordinal, name, old, fresh)
            where c.row_id = n.at and c.body = n.old
            """),
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
        new(
            "submissions.attachments.blob",
            "submissions.attachments.blob",
            EnvelopePurpose.Attachment,
            """
            select submission_id as at, version as at_version, ordinal as at_ordinal, ''::bytea as at_name, row_id as row, 1 as version,
                   case when blob is not null and exists (
                       select from submissions.submissions s where s.id = submission_id and s.project_id = @project) then blob end as sealed
            from submissions.attachments where (submission_id, version, ordinal) > (@after, @afterVersion, @afterOrdinal)
            order by submission_id, submissions.attachments.version, ordinal limit @rows
            """,
            """
            update submissions.attachments set blob = @fresh where submission_id = @at and row_id = @row and blob = @old
            """),
    ];
}
