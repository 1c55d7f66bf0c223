using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Conditions;

/// <summary>Writes for which submissions conditions were found to hold.</summary>
internal static class RowMatches
{
    private const string Insert = """
        insert into submissions.row_matches (submission_id, condition_id, holds)
        select submission, condition, holds
        from unnest(@submissions::uuid[], @conditions::bigint[], @holds::boolean[]) as input (submission, condition, holds)
        where exists (select from submissions.row_conditions c where c.id = condition and c.deleted_at is null)
        order by submission, condition
        on conflict (submission_id, condition_id) do update set holds = excluded.holds
        """;

    private const string Delete = "delete from submissions.row_matches where submission_id = @submission";

    /// <summary>Adds what was found of some submissions, in the caller's transaction.</summary>
    public static async Task WriteAsync(
        Tx tx, IEnumerable<(SubmissionId Submission, IReadOnlyList<RowMatch> Matches)> found, CancellationToken cancellationToken)
    {
        var all = found.SelectMany(one => one.Matches.Select(match => (one.Submission, match.Condition, match.Holds))).ToList();
        if (all.Count > 0)
        {
            var arguments = new
            {
                submissions = all.ConvertAll(one => one.Submission.Value).ToArray(),
                conditions = all.ConvertAll(one => one.Condition).ToArray(),
                holds = all.ConvertAll(one => one.Holds).ToArray(),
            };
            await tx.ExecuteAsync(Insert, arguments, cancellationToken);
        }
    }

    /// <summary>Puts what was found of a changed submission in the place of all that was, in the caller's transaction, which holds its row.</summary>
    public static async Task ReplaceAsync(
        Tx tx, SubmissionId submission, IReadOnlyList<RowMatch> matches, CancellationToken cancellationToken)
    {
        await tx.ExecuteAsync(Delete, new { submission }, cancellationToken);
        await WriteAsync(tx, [(submission, matches)], cancellationToken);
    }
}
