using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions;

/// <summary>
/// Knows which submissions say something else now than when they came. The database writes it down itself, by triggers;
/// whoever keeps something made of answers takes changes in and then strikes them off.
/// </summary>
internal static class SubmissionChanges
{
    private const string Of = """
        select id, sequence from submissions.changes
        where form_id = @form and sequence > @after and sequence <= @through order by id
        """;

    private const string Strike = "delete from submissions.changes where id = any (@ids)";

    /// <summary>Lists the changes of a stretch of a form's submissions, one for each change.</summary>
    public static Task<IReadOnlyList<SubmissionChange>> ListAsync(
        Sql sql, FormId form, long after, long through, CancellationToken cancellationToken) =>
        sql.ListAsync<SubmissionChange>(Of, new { form, after, through }, cancellationToken);

    /// <summary>Strikes off changes that were listed before the rows were read; those that came meanwhile stay.</summary>
    public static Task StrikeAsync(Tx tx, IEnumerable<SubmissionChange> changes, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Strike, new { ids = changes.Select(change => change.Id).ToArray() }, cancellationToken);
}

/// <summary>One change of one submission.</summary>
internal sealed record SubmissionChange(long Id, long Sequence);
