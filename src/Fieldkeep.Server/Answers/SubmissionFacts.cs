using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Answers;

/// <summary>Reads what stands in the clear about submissions, for filters. Callers have checked access.</summary>
internal sealed class SubmissionFacts(Db db)
{
    private const string OfSome = """
        select sequence, instance_id, submitter_id, review_state, current_version, attachments_expected, attachments_present,
               created_at, updated_at, deleted_at, deployment_id, state, stage_id
        from submissions.submissions_view where form_id = @form and sequence = any (@sequences)
        """;

    private const string InOrder = """
        select sequence, instance_id, submitter_id, review_state, current_version, attachments_expected, attachments_present,
               created_at, updated_at, deleted_at, deployment_id, state, stage_id
        from submissions.submissions_view
        where form_id = @form and sequence < @before and (deleted_at is null or @trash)
          and (@from::timestamptz is null or created_at >= @from) and (@through::timestamptz is null or created_at <= @through)
          and (@submitters::bigint[] is null or submitter_id = any (@submitters))
          and (@states::text[] is null or coalesce(review_state, '') = any (@states))
          and (@deployments::bigint[] is null or deployment_id = any (@deployments))
          and (@standings::text[] is null or coalesce(state, '') = any (@standings))
          and (@stages::bigint[] is null or stage_id = any (@stages))
          and (@instances::text[] is null or instance_id = any (@instances))
          and (@missing::boolean is null or (attachments_present < attachments_expected) = @missing)
        order by sequence desc limit @limit
        """;

    /// <summary>Gives what is known of some submissions, by sequence number.</summary>
    public async Task<IReadOnlyDictionary<long, RowFacts>> OfAsync(
        FormId form, long[] sequences, CancellationToken cancellationToken) =>
        (await db.ListAsync<RowFacts>(OfSome, new { form, sequences }, cancellationToken)).ToDictionary(row => row.Sequence);

    /// <summary>Gives what is known of the newest below a sequence number, of those within bounds.</summary>
    public Task<IReadOnlyList<RowFacts>> ListAsync(
        FormId form, long before, bool trash, FactBounds bounds, int limit, CancellationToken cancellationToken) =>
        db.ListAsync<RowFacts>(
            InOrder,
            new
            {
                form,
                before,
                trash,
                from = bounds.From?.ToUniversalTime(),
                through = bounds.Through?.ToUniversalTime(),
                submitters = bounds.Submitters,
                states = bounds.States,
                deployments = bounds.Deployments,
                standings = bounds.Standings,
                stages = bounds.Stages,
                instances = bounds.Instances,
                missing = bounds.IsMissingFiles,
                limit,
            },
            cancellationToken);
}
