using System.Text;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Submissions.History;

/// <summary>One comment on a submission.</summary>
/// <param name="Body">Its text; personal data, not for logs.</param>
internal sealed record SubmissionComment(string Body, ActorId Author, DateTimeOffset CreatedAt);

/// <summary>A comment that was added.</summary>
/// <param name="Row">Names it in the ledger.</param>
/// <param name="Hash">Proves its text there.</param>
internal sealed record AddedComment(SubmissionComment Comment, Guid Row, string Hash);

/// <summary>Keeps comments sealed. Callers check access first.</summary>
internal sealed class SubmissionComments(Db db, Sealer sealer, TimeProvider clock)
{
    /// <summary>The longest comment, in characters.</summary>
    public const int MostCharacters = 10_000;

    /// <summary>The most comments on one submission: a list of them is read whole.</summary>
    public const int MostOfOne = 1_000;

    /// <summary>Stands for a comment that is damaged.</summary>
    public const string Unreadable = "[unreadable comment]";

    private const string BodyColumn = "submissions.comments.body";

    // Two at once wait for each other, so that none slips in above the limit.
    private const string Lock = """
        select id from submissions.submissions where id = @submission for no key update
        """;

    private const string Count = """
        select count(*) from submissions.comments where submission_id = @submission
        """;

    private const string Insert = """
        insert into submissions.comments (submission_id, row_id, author_id, body, salt, created_at)
        values (@submission, @row, @author, @body, @salt, @now)
        """;

    private const string OfSubmission = """
        select row_id, author_id, body, created_at
        from submissions.comments where submission_id = @submission order by id desc
        """;

    /// <summary>Adds a comment in the caller's transaction.</summary>
    /// <exception cref="ProblemException"><c>comment.too_many</c>.</exception>
    public async Task<AddedComment> AppendAsync(
        Tx tx, Actor actor, ProjectRef project, SubmissionId submission, string text, CancellationToken cancellationToken)
    {
        await tx.ExecuteAsync(Lock, new { submission }, cancellationToken);
        if (await tx.GetAsync<long>(Count, new { submission }, cancellationToken) >= MostOfOne)
        {
            throw SubmissionReadProblems.TooManyComments(MostOfOne);
        }

        var now = clock.GetUtcNow();
        var row = Guid.CreateVersion7(now);
        var body = sealer.Seal(project, EnvelopePurpose.Record, BodyColumn, row, 1, Encoding.UTF8.GetBytes(text));
        var commitment = Commitment.To(text);
        await tx.ExecuteAsync(Insert, new { submission, row, author = actor.Id, body, salt = commitment.Salt, now }, cancellationToken);
        return new AddedComment(new SubmissionComment(text, actor.Id, now), row, commitment.Hash);
    }

    /// <summary>Places a comment of before, with its author and time, in the caller's transaction.</summary>
    public async Task<AddedComment> PlaceAsync(
        Tx tx, ProjectRef project, SubmissionId submission, SubmissionComment comment, CancellationToken cancellationToken)
    {
        var row = Guid.CreateVersion7(clock.GetUtcNow());
        var body = sealer.Seal(project, EnvelopePurpose.Record, BodyColumn, row, 1, Encoding.UTF8.GetBytes(comment.Body));
        var commitment = Commitment.To(comment.Body);
        await tx.ExecuteAsync(
            Insert, new { submission, row, author = comment.Author, body, salt = commitment.Salt, now = comment.CreatedAt }, cancellationToken);
        return new AddedComment(comment, row, commitment.Hash);
    }

    /// <summary>Lists the comments of a submission, newest first.</summary>
    public async Task<IReadOnlyList<SubmissionComment>> ListAsync(
        ProjectRef project, SubmissionId submission, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<CommentRow>(OfSubmission, new { submission }, cancellationToken);
        return [.. rows.Select(row => new SubmissionComment(Open(project, row), row.AuthorId, row.CreatedAt))];
    }

    // One damaged comment must not hide the others.
    private string Open(ProjectRef project, CommentRow row)
    {
        try
        {
            return Encoding.UTF8.GetString(
                sealer.Open(project, EnvelopePurpose.Record, BodyColumn, row.RowId, 1, row.Body));
        }
        catch (VaultException)
        {
            return Unreadable;
        }
    }

    private sealed record CommentRow(Guid RowId, ActorId AuthorId, byte[] Body, DateTimeOffset CreatedAt);
}
