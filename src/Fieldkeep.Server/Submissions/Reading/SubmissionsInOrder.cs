using System.Text.Json;
using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Submissions.Reading;

/// <summary>Names what submissions can be put in order by, besides their arrival.</summary>
internal enum OrderField
{
    /// <summary>When it came.</summary>
    SubmissionDate,

    /// <summary>When it was edited or reviewed last.</summary>
    UpdatedAt,

    /// <summary>Who sent it.</summary>
    SubmitterId,

    /// <summary>What reviewers said.</summary>
    ReviewState,
}

/// <summary>An order: those without a value come first, or last when it descends; equals in the order of arrival.</summary>
internal sealed record SubmissionOrder(OrderField Field, bool IsDescending);

/// <summary>Puts submissions in another order than that of their arrival. Callers check access first.</summary>
internal sealed class SubmissionsInOrder(Db db)
{
    // Of the terms one counts, the others are null for every row.
    private const string InOrder = """
        select sequence from submissions.submissions s
        where form_id = @form and is_draft = @draft and (deleted_at is null or @trash)
            and (@chosen::bigint[] is null or sequence = any (@chosen))
        """ + VisibleRows.Limit + """
        order by
            case when @field = 'submissionDate' and not @descending then created_at end nulls first,
            case when @field = 'submissionDate' and @descending then created_at end desc nulls last,
            case when @field = 'updatedAt' and not @descending then updated_at end nulls first,
            case when @field = 'updatedAt' and @descending then updated_at end desc nulls last,
            case when @field = 'submitterId' and not @descending then submitter_id end nulls first,
            case when @field = 'submitterId' and @descending then submitter_id end desc nulls last,
            case when @field = 'reviewState' and not @descending then review_state end nulls first,
            case when @field = 'reviewState' and @descending then review_state end desc nulls last,
            case when not @descending then sequence end,
            case when @descending then sequence end desc
        offset @skip limit @top
        """;

    /// <summary>Gives sequence numbers.</summary>
    /// <param name="chosen">Only these; null for all that are not in the trash.</param>
    /// <param name="top">At most so many.</param>
    public Task<IReadOnlyList<long>> ListAsync(
        SubmissionSet set,
        SubmissionOrder order,
        IReadOnlyCollection<long>? chosen,
        long skip,
        long top,
        CancellationToken cancellationToken) =>
        db.ListAsync<long>(
            VisibleRows.In(InOrder, set.Rows),
            VisibleRows.Arguments(
                new
                {
                    form = set.Form,
                    draft = set.IsDraft,
                    trash = chosen is not null,
                    chosen = chosen?.ToArray(),
                    field = JsonNamingPolicy.CamelCase.ConvertName(
                        (order.Field == OrderField.SubmitterId && set.Rows.HidesProvenance ? OrderField.SubmissionDate : order.Field).ToString()),
                    descending = order.IsDescending,
                    skip,
                    top,
                },
                set.Rows),
            cancellationToken);
}
