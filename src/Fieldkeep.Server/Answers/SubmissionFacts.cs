using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Answers;

/// <summary>Reads what stands in the clear about submissions, for filters. Callers have checked access.</summary>
internal sealed class SubmissionFacts(Db db)
{
    private const string OfSome = """
        select sequence, instance_id, submitter_id, review_state, current_version, attachments_expected, attachments_present,
               created_at, updated_at, deleted_at
        from submissions.submissions_view where form_id = @form and sequence = any (@sequences)
        """;

    private const string InOrder = """
        select sequence, instance_id, submitter_id, review_state, current_version, attachments_expected, attachments_present,
               created_at, updated_at, deleted_at
        from submissions.submissions_view
        where form_id = @form and sequence < @before and (deleted_at is null or @trash) order by sequence desc limit @limit
        """;

    /// <summary>Gives what is known of some submissions, by sequence number.</summary>
    public async Task<IReadOnlyDictionary<long, RowFacts>> OfAsync(
        FormId form, long[] sequences, CancellationToken cancellationToken) =>
        (await db.ListAsync<RowFacts>(OfSome, new { form, sequences }, cancellationToken)).ToDictionary(row => row.Sequence);

    /// <summary>Gives what is known of the newest below a sequence number.</summary>
    public Task<IReadOnlyList<RowFacts>> ListAsync(
        FormId form, long before, bool trash, int limit, CancellationToken cancellationToken) =>
        db.ListAsync<RowFacts>(InOrder, new { form, before, trash, limit }, cancellationToken);
}
