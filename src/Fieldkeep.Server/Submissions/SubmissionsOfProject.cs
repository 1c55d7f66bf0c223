using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Submissions;

/// <summary>The room's rows of an erased project: <see cref="RowsOfProject"/>.</summary>
internal static class SubmissionsOfProject
{
    /// <summary>Which blobs submissions mean.</summary>
    public static readonly IReadOnlyList<BlobMeaning> Meanings =
    [
        new("select blob from submissions.attachments where blob = any (@blobs::bytea[])"),
        new("select xml_blob from submissions.versions where xml_blob = any (@blobs::bytea[])"),
    ];

    /// <summary>Told when a project is recovered: conditions are part of roles, and those stay behind; holds stand on the living project.</summary>
    public static readonly IReadOnlyList<LeftByRecovery> Left =
    [
        new("conditions of who sees which submissions", """
            select 'condition ' || id from submissions.row_conditions where project_id = @project and deleted_at is null order by id limit 1000
            """),
        new("legal holds", "select 'hold ' || id from submissions.holds where project_id = @project and lifted_at is null order by id limit 1000"),
    ];

    /// <summary>What is deleted, in this order.</summary>
    public static readonly IReadOnlyList<RowsOfProject> Deletions =
    [
        // Submissions with all that hangs on them; approvals and matches go with them.
        new(30, """
            with gone as (select id from submissions.submissions where form_id = any (@forms) limit @rows),
            files as (delete from submissions.attachments where submission_id in (select id from gone) returning blob),
            versions as (delete from submissions.versions where submission_id in (select id from gone) returning xml_blob),
            comments as (delete from submissions.comments where submission_id in (select id from gone)),
            events as (delete from submissions.events where submission_id in (select id from gone)),
            submissions as (delete from submissions.submissions where id in (select id from gone) returning id)
            select blob from files where blob is not null
            union all select xml_blob from versions where xml_blob is not null
            union all select null::bytea from submissions
            """),
        new(31, """
            delete from submissions.changes where id in (select id from submissions.changes where form_id = any (@forms) limit @rows)
            returning null::bytea
            """),
        new(32, """
            delete from submissions.row_conditions
            where id in (select id from submissions.row_conditions where project_id = @project or form_id = any (@forms) limit @rows)
            returning null::bytea
            """),
        new(33, """
            delete from submissions.purged
            where (form_id, is_draft, instance_id) in (
                select form_id, is_draft, instance_id from submissions.purged where project_id = @project limit @rows)
            returning null::bytea
            """),
        new(34, """
            delete from submissions.confidential_reads where (actor_id, form_id, slot) in (
                select actor_id, form_id, slot from submissions.confidential_reads where form_id = any (@forms) limit @rows)
            returning null::bytea
            """),
    ];
}
