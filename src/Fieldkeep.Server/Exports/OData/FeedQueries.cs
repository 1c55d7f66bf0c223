using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>Makes of a request what is sought, and counts it. Callers have checked access.</summary>
internal sealed class FeedQueries(FormLayouts layouts, ReadFilter read, MatchRows match, CountSubmissions counts)
{
    /// <summary>Gives what is sought; null where the submissions' own order is enough to find it.</summary>
    /// <exception cref="ProblemException"><c>odata.unsupported</c>, the problems of <see cref="ReadFilter"/>.</exception>
    public async Task<RowQuery?> FindAsync(
        Actor actor, SubmissionSet set, ODataTable table, FeedRequest request, CancellationToken cancellationToken)
    {
        if (request is { InstanceId: not null, Filter: not null })
        {
            throw ODataProblems.Unsupported("$filter below one submission");
        }

        var isPlain = request.Filter is null && (table.Parent is null || request.IsWhole);
        if (isPlain || request.InstanceId is not null)
        {
            return null;
        }

        var layout = await layouts.GetAsync(set, cancellationToken);
        var filter = request.Filter is { } text
            ? await read.RunAsync(actor, set, layout, text, cancellationToken, isFromRoot: table.Parent is not null)
            : null;
        var repeat = table.Parent is null ? null : layout.Tables.Tables.Single(known => known.Path == table.Form.Path);
        return new RowQuery(set, layout, filter, repeat, SubmissionCursor.Newest);
    }

    /// <summary>Counts what is sought; all submissions when that is null.</summary>
    public async Task<long> CountAsync(SubmissionSet set, RowQuery? query, CancellationToken cancellationToken) => query is null
        ? await counts.OfAsync(set, cancellationToken)
        : await match.CountAsync(query, cancellationToken);
}
