using System.Text;
using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Exports.Pages;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>
/// Writes a table of a form's feed, or a page of it, as OData's JSON, newest submissions first. The reading stands in
/// the audit book before anything leaves, without the filter: it may hold answers.
/// </summary>
internal sealed class ReadFeed(
    Policy policy,
    FindSubmissions find,
    FormShapes shapes,
    FeedQueries queries,
    SubmissionQueries submissions,
    FindFeedRows findRows,
    SubmissionRows rows,
    PagePlaces places,
    AuditLog audit,
    Db db)
{
    /// <summary>Writes to <paramref name="output"/>.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>form.not_published</c>, <c>form.no_draft</c>,
    /// <c>submission.not_found</c>, <c>query.too_many</c>, the problems of <see cref="ODataProblems"/> and <see cref="FilterProblems"/>; nothing
    /// was written then.
    /// </exception>
    public async Task RunAsync(
        Actor actor, ProjectRef project, FeedRequest request, FindNames names, Stream output, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionRead, project, request.XmlFormId, request.IsDraft, cancellationToken);
        await RequireTakingOutAsync(actor, policy, set, cancellationToken);
        var shape = await shapes.GetAsync(set, allVersions: false, cancellationToken);
        var tables = new ODataTables(shape.Tables);
        var view = ViewOf(tables, shape, request);
        var order = FeedOrder.Read(view.Selection.Table, request.OrderBy);
        var query = await queries.FindAsync(actor, set, view.Selection.Table, request, cancellationToken);
        using var search = await places.BeginSearchAsync(actor, request.IsPage && query is not null, cancellationToken);
        using var place = request.IsPage ? await places.BeginPageAsync(actor, cancellationToken) : null;
        var found = await FindAsync(set, query, order, request, cancellationToken);
        var count = request is { WithCount: true, InstanceId: null, IsWhole: false }
            ? await queries.CountAsync(set, query, cancellationToken)
            : (long?)null;
        await audit.AppendAsync(db, actor, LineOf(set, request), cancellationToken);

        await WriteAsync(output, $"{{\"@odata.context\":{Text(request.Context)},\"value\":[", cancellationToken);
        var page = new FeedPage(output, found.Skip, found.SkipIn, request.Top ?? long.MaxValue, found.End);
        await rows.StreamAsync(
            set, found.Blocks, new SubmitterNames(names), () => new ODataRowFormat(shape.Tables, tables, view), page.TakeAsync, cancellationToken);
        await WriteAsync(output, "]", cancellationToken);
        if (request.WithCount)
        {
            await WriteAsync(output, $",\"@odata.count\":{count ?? page.Seen}", cancellationToken);
        }

        if (await NextOfAsync(set, query, request, found, page, cancellationToken) is { } last && request.NextOf(last, page.Written) is { } next)
        {
            await WriteAsync(output, $",\"@odata.nextLink\":{Text(next)}", cancellationToken);
        }

        await WriteAsync(output, "}", cancellationToken);
    }

    private static ODataView ViewOf(ODataTables tables, FormShape shape, FeedRequest request)
    {
        var table = tables.Find(request.Table) ?? throw ODataProblems.NotFound();
        var below = request.Below is var (name, id)
            ? new RepeatRow(tables.Find(name) ?? throw ODataProblems.NotFound(), id)
            : null;
        return new ODataView(
            ODataSelection.Read(table, request.Select), shape.Versions, request.IsWkt, request.IsExpanded, below);
    }

    private async Task<FeedRows> FindAsync(
        SubmissionSet set, RowQuery? query, SubmissionOrder? order, FeedRequest request, CancellationToken cancellationToken)
    {
        if (request.InstanceId is { } instanceId)
        {
            var row = await submissions.GetAsync(set, instanceId, cancellationToken);
            var one = await findRows.ListAsync(set, new FeedPlace(row.Sequence + 1, 1), 0, 1, cancellationToken);
            return request.After is { } place && place.Sequence != row.Sequence
                ? throw ODataProblems.BadSkipToken()
                : one with { Skip = request.After?.Rows ?? request.Skip };
        }

        var top = request.Top ?? long.MaxValue;
        if (order is not null)
        {
            return await findRows.OrderAsync(set, order, query, request.Skip, top, cancellationToken);
        }

        return query is null
            ? await findRows.ListAsync(set, request.After, request.Skip, top, cancellationToken)
            : await findRows.MatchAsync(From(query, request.After), request.After, request.Skip, top, cancellationToken);
    }

    // As ODK Central does: “$top” is the size of a page, and whoever wants more follows the link. What was found and could
    // not be read leaves a page short, not the last.
    private async Task<FeedPlace?> NextOfAsync(
        SubmissionSet set, RowQuery? query, FeedRequest request, FeedRows found, FeedPage page, CancellationToken cancellationToken)
    {
        if (request.Top is not { } top)
        {
            return null;
        }

        if (page.IsCut || (request.OrderBy is not null && found.End is not null))
        {
            return page.Last ?? found.End;
        }

        if (query is not null)
        {
            return found.End is { } end && await findRows.AnyAsync(From(query, end), end, cancellationToken) ? end : null;
        }

        return request is { InstanceId: null, OrderBy: null } && page.Written == top && page.Last is { } last
            && await submissions.CountPageAsync(set, new SubmissionCursor(last.Sequence), 1, cancellationToken) > 0
                ? last
                : null;
    }

    /// <summary>Refuses whoever is let through by support access alone and may not export: a feed takes out whole tables.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    internal static async Task RequireTakingOutAsync(Actor actor, Policy policy, SubmissionSet set, CancellationToken cancellationToken)
    {
        if (actor.Support.Grant is not null)
        {
            // A role for some rows only is no reason to take out those that support shows.
            var decision = await policy.DecideAsync(actor, Permission.SubmissionExport, set.Project.Id, set.Form, cancellationToken);
            if (decision.IsLimited)
            {
                throw AccessProblems.Denied();
            }
        }
    }

    private static RowQuery From(RowQuery query, FeedPlace? after) => after is { } place
        ? query with { After = new SubmissionCursor(place.Sequence + 1) }
        : query;

    private static AuditEvent LineOf(SubmissionSet set, FeedRequest request) => request.InstanceId is { } instanceId
        ? new AuditEvent("submission.read", set.Project.Id, "submission", instanceId, null)
        : new AuditEvent(
            request.Top is null ? "submission.export" : "submission.list",
            set.Project.Id,
            "form",
            set.XmlFormId,
            request.Top is { } top ? $"at most {top} rows of {request.Table} as OData" : $"{request.Table} as OData");

    private static string Text(string value) => $"\"{JsonEncodedText.Encode(value)}\"";

    private static ValueTask WriteAsync(Stream output, string text, CancellationToken cancellationToken) =>
        output.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
}
