using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Submissions;

/// <summary>The room's rows of a person whose account is removed: what they sent and said stays, under the name of a stand-in: <see cref="RowsOfPerson"/>.</summary>
internal static class SubmissionsOfPerson
{
    /// <summary>What is done with each table.</summary>
    public static readonly IReadOnlyList<RowsOfPerson> Rows =
    [
        new(
            "submissions.submissions",
            "submitter_id",
            """
            update submissions.submissions s set submitter_id = m.stand_in
            from unnest(@projects, @stand_ins) as m (project, stand_in)
            where s.project_id = m.project and s.id in (
                select id from submissions.submissions where submitter_id = @actor and project_id = any (@projects) limit @rows)
            """,
            "select distinct project_id from submissions.submissions where submitter_id = @actor"),
        new(
            "submissions.submissions",
            "handled_by",
            """
            update submissions.submissions s set handled_by = array_replace(s.handled_by, @actor, m.stand_in)
            from unnest(@projects, @stand_ins) as m (project, stand_in)
            where s.project_id = m.project and s.id in (
                select id from submissions.submissions where @actor = any (handled_by) and project_id = any (@projects) limit @rows)
            """,
            "select distinct project_id from submissions.submissions where @actor = any (handled_by)"),
        Below("submissions.versions", "submitter_id", "version"),
        Below("submissions.comments", "author_id", "id"),
        Below("submissions.events", "actor_id", "id"),
        Below("submissions.approvals", "actor_id", "id"),
        new("submissions.confidential_reads", "actor_id", "delete from submissions.confidential_reads where actor_id = @actor"),
        new("submissions.waiting_letters", "actor_id", "delete from submissions.waiting_letters where actor_id = @actor"),
    ];

    // The names of tables and columns are ours, written here.
    private static RowsOfPerson Below(string table, string column, string key) => new(
        table,
        column,
        $"""
        update {table} r set {column} = m.stand_in
        from submissions.submissions s, unnest(@projects, @stand_ins) as m (project, stand_in)
        where r.{column} = @actor and s.id = r.submission_id and s.project_id = m.project and (r.submission_id, r.{key}) in (
            select submission_id, {key} from {table} where {column} = @actor limit @rows)
        """,
        $"""
        select distinct s.project_id from {table} r join submissions.submissions s on s.id = r.submission_id where r.{column} = @actor
        """);
}
