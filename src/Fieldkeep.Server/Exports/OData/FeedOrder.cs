using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>Reads <c>$orderby</c>.</summary>
internal static class FeedOrder
{
    /// <summary>Gives the order of a table's rows; null for that of arrival, newest first.</summary>
    /// <exception cref="ProblemException"><c>odata.unsupported_order</c>.</exception>
    public static SubmissionOrder? Read(ODataTable table, string? order)
    {
        if (order is null)
        {
            return null;
        }

        var words = order.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var isDescending = words.Length == 2 && words[1].Equals("desc", StringComparison.OrdinalIgnoreCase);
        var isAscending = words.Length == 1 || (words.Length == 2 && words[1].Equals("asc", StringComparison.OrdinalIgnoreCase));
        OrderField? field = words.FirstOrDefault() switch
        {
            "__system/submissionDate" => OrderField.SubmissionDate,
            "__system/updatedAt" => OrderField.UpdatedAt,
            "__system/submitterId" => OrderField.SubmitterId,
            "__system/reviewState" => OrderField.ReviewState,
            _ => null,
        };
        return field is { } found && (isDescending || isAscending) && table.Parent is null
            ? new SubmissionOrder(found, isDescending)
            : throw ODataProblems.UnsupportedOrder(order);
    }
}
