using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Submissions;

/// <summary>
/// What the room holds about a person with an account: <see cref="HeldOfPerson"/>. Answers are the project's, not theirs: they are counted.
/// </summary>
internal static class HeldOfSubmissions
{
    /// <summary>Each kind.</summary>
    public static readonly IReadOnlyList<HeldOfPerson> Kinds =
    [
        new("submissions-sent", """
            select json_build_object('project', project_id, 'form', form_id, 'submissions', count(*), 'first', min(created_at), 'last', max(created_at))::text
            from submissions.submissions where submitter_id = @actor and not is_draft group by project_id, form_id order by project_id, form_id
            """),
        new("comments-and-reviews", """
            select json_build_object('kind', 'comment', 'project', s.project_id, 'count', count(*))::text
            from submissions.comments c join submissions.submissions s on s.id = c.submission_id where c.author_id = @actor group by s.project_id
            union all
            select json_build_object('kind', 'approval', 'project', s.project_id, 'count', count(*))::text
            from submissions.approvals c join submissions.submissions s on s.id = c.submission_id where c.actor_id = @actor group by s.project_id
            """),
    ];
}
