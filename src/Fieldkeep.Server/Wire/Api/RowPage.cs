using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>A page of a form's table. It is written row by row, so this says only what it looks like.</summary>
/// <param name="Total">Submissions there are in all, or that the filter finds; null for a filter when nobody asked to count.</param>
/// <param name="Next">What to send as <c>after</c> for the next page; null on the last one.</param>
internal sealed record RowPage(long? Total, IReadOnlyList<RowItem> Rows, string? Next);

/// <summary>A submission in a form's table.</summary>
/// <param name="ReviewState">Null when nobody looked yet.</param>
/// <param name="Standing">Where it stands in its deployment; null when it belongs to none.</param>
/// <param name="Edits">How often it was edited; its version is one more.</param>
/// <param name="Status">
/// Why <c>values</c> is empty: <c>damaged</c> when the stored answers cannot be opened, <c>notDecrypted</c> when only the form's
/// own key opens them, <c>missingEncryptedFormData</c> when the file with the encrypted answers has not come; else null.
/// </param>
/// <param name="Values">Answers by the path of their column; a question without an answer is absent.</param>
internal sealed record RowItem(
    string InstanceId,
    DateTimeOffset SubmittedAt,
    PersonItem Submitter,
    string? ReviewState,
    RowStandingItem? Standing,
    AttachmentCount Attachments,
    int Edits,
    string FormVersion,
    string? Status,
    IReadOnlyDictionary<string, string> Values)
{
    /// <summary>Paths of confidential questions whose answers are withheld, given or not, or are displaced points; null when there are none.</summary>
    public IReadOnlyList<string>? Confidential { get; init; }
}

/// <summary>Where a submission stands in its deployment.</summary>
/// <param name="State"><c>draft</c>, <c>pending</c>, <c>rejected</c>, <c>final</c> or <c>discarded</c>.</param>
/// <param name="StageId">The stage it waits at; null when it does not wait.</param>
internal sealed record RowStandingItem(long DeploymentId, string State, long? StageId);

/// <summary>How many files a submission names and how many of them have come.</summary>
internal sealed record AttachmentCount(int Present, int Expected);

/// <summary>A page of the rows of a repeat. It is written row by row, so this says only what it looks like.</summary>
/// <param name="Total">Rows there are in all, or of the submissions that the filter finds; null when nobody asked to count.</param>
/// <param name="Next">What to send as <c>after</c> for the next page; null on the last one.</param>
internal sealed record RepeatRowPage(long? Total, IReadOnlyList<RepeatRowItem> Rows, string? Next);

/// <summary>A row of a repeat.</summary>
/// <param name="InstanceId">The submission it is in.</param>
/// <param name="Key">Names the row: the submission's id and the way to it, such as <c>uuid:…/member[2]</c>.</param>
/// <param name="ParentKey">The same of the row it is in; the submission's id when it is in none.</param>
/// <param name="Values">Answers by the path of their column; a question without an answer is absent.</param>
internal sealed record RepeatRowItem(
    string InstanceId, string Key, string ParentKey, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>Paths of confidential questions whose answers are withheld, given or not, or are displaced points; null when there are none.</summary>
    public IReadOnlyList<string>? Confidential { get; init; }
}

/// <summary>Which page of a form's table is wanted.</summary>
/// <param name="After">The <c>next</c> of the page before; absent for the first.</param>
/// <param name="Limit">Rows at most, 1 to 10,000. Default: 100.</param>
/// <param name="Filter">What must hold, written as OData's <c>$filter</c>; absent for all.</param>
/// <param name="Count">Whether to count all that the filter finds. Without a filter the count is always there.</param>
/// <param name="Order">Default: newest first.</param>
/// <param name="Columns">Paths of the questions whose answers are wanted; absent for all.</param>
internal sealed record RowSearch(
    string? After, int? Limit, string? Filter, bool? Count, RowOrder? Order, IReadOnlyList<string>? Columns);

/// <summary>Names the orders of a form's table.</summary>
internal enum RowOrder
{
    /// <summary>As they arrived, the newest first.</summary>
    Newest,

    /// <summary>By the date they arrived, the oldest first.</summary>
    Oldest,

    /// <summary>What was edited or reviewed last first, what never was at the end.</summary>
    Updated,

    /// <summary>By who sent them.</summary>
    Submitter,

    /// <summary>By what reviewers said, those nobody looked at first.</summary>
    ReviewState,
}

/// <summary>Reads orders.</summary>
internal static class RowOrders
{
    /// <summary>Gives the order; null for that of arrival, newest first.</summary>
    public static SubmissionOrder? Of(RowOrder order) => order switch
    {
        RowOrder.Oldest => new SubmissionOrder(OrderField.SubmissionDate, false),
        RowOrder.Updated => new SubmissionOrder(OrderField.UpdatedAt, true),
        RowOrder.Submitter => new SubmissionOrder(OrderField.SubmitterId, false),
        RowOrder.ReviewState => new SubmissionOrder(OrderField.ReviewState, false),
        _ => null,
    };
}
