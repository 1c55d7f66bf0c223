using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Submissions.History;

/// <summary>Adds a comment to a submission. Whoever may read it may comment on it; a comment changes no answer and is never changed. The ledger proves its text without keeping it.</summary>
internal sealed class AddComment(
    FindSubmissions find, SubmissionQueries submissions, SubmissionComments comments, Db db, ChangeLog changes, AuditLog audit)
{
    /// <summary>Adds it.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>,
    /// <c>comment.empty</c>, <c>comment.unusable</c>, <c>comment.too_many</c>.
    /// </exception>
    public async Task<SubmissionComment> RunAsync(
        Actor actor, ProjectRef project, SubmissionPlace place, string? text, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionRead, project, place.XmlFormId, place.IsDraft, cancellationToken);
        var row = await submissions.GetAsync(set, place.InstanceId, cancellationToken);
        if (string.IsNullOrWhiteSpace(text))
        {
            throw SubmissionReadProblems.CommentEmpty();
        }

        if (text.Length > SubmissionComments.MostCharacters || text.Contains('\0', StringComparison.Ordinal))
        {
            throw SubmissionReadProblems.CommentUnusable(SubmissionComments.MostCharacters);
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var added = await comments.AppendAsync(tx, actor, project, row.Id, text, cancellationToken);
        await changes.AppendAsync(
            tx,
            actor,
            new Change("submission.comment", project, "submission", row.InstanceId, null, new { comment = added.Row, added.Hash }),
            cancellationToken);
        await audit.AppendAsync(
            tx,
            actor,
            new AuditEvent("submission.comment", project.Id, "submission", row.InstanceId, null),
            cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return added.Comment;
    }
}
