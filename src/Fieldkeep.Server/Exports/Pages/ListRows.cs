using System.Text;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Answers.Filters;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Exports.Pages;

/// <summary>Which page of a form's table is asked for.</summary>
/// <param name="After">The <c>next</c> of the page before; null for the newest rows.</param>
/// <param name="Limit">1 to <see cref="SubmissionQueries.MostRows"/>.</param>
/// <param name="Filter">What must hold, as OData's <c>$filter</c> is written; null for all.</param>
/// <param name="Count">Whether all that the filter finds are counted; without a filter they always are.</param>
internal sealed record RowsPage(string XmlFormId, bool IsDraft, string? After, int Limit, string? Filter = null, bool Count = false)
{
    /// <summary>Another order than newest first; null for that.</summary>
    public SubmissionOrder? Order { get; init; }

    /// <summary>Paths of the questions whose answers are wanted; null for all.</summary>
    public IReadOnlySet<string>? Columns { get; init; }
}

/// <summary>
/// Writes a page of a form's table as JSON, newest first unless another order is asked: <c>{total, rows, next}</c>. The reading stands in the audit
/// book before anything leaves, without the filter: it may hold answers.
/// </summary>
internal sealed class ListRows(
    FindSubmissions find,
    FormLayouts layouts,
    ReadFilter read,
    SubmissionQueries submissions,
    MatchRows match,
    CountSubmissions count,
    SealedRows sealedRows,
    SubmissionsInOrder inOrder,
    SubmissionRows rows,
    PagePlaces places,
    AuditLog audit,
    Db db)
{
    /// <summary>Writes the page to <paramref name="output"/>.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>form.not_published</c>,
    /// <c>cursor.unreadable</c>, <c>query.bad_limit</c>, <c>query.too_many</c> and the problems of <see cref="FilterProblems"/>; nothing was
    /// written then.
    /// </exception>
    public async Task RunAsync(
        Actor actor,
        ProjectRef project,
        RowsPage page,
        FindNames names,
        Stream output,
        CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionRead, project, page.XmlFormId, page.IsDraft, cancellationToken);
        SubmissionQueries.RequireLimit(page.Limit);
        using var search = await places.BeginSearchAsync(actor, page.Filter is not null, cancellationToken);
        using var place = await places.BeginPageAsync(actor, cancellationToken);
        var layout = await layouts.GetAsync(set, cancellationToken);
        var found = page switch
        {
            { Order: { } order } => await OrderAsync(actor, set, layout, order, page, cancellationToken),
            { Filter: { } text } => await FindAsync(actor, set, layout, text, page, cancellationToken),
            _ => await ListAsync(set, SubmissionCursor.Parse(page.After), page.Limit, cancellationToken),
        };
        await audit.AppendAsync(
            db,
            actor,
            new AuditEvent("submission.list", project.Id, "form", set.XmlFormId, $"{found.Count} submissions"),
            cancellationToken);
        await WriteAsync(output, $"{{\"total\":{found.Total?.ToString() ?? "null"},\"rows\":[", cancellationToken);
        var last = await StreamAsync(set, found, new JsonRowsShape(layout.Shape, page.Columns), names, output, cancellationToken);
        var next = found.Count < page.Limit ? "null"
            : found.Next is { } known ? $"\"{known}\""
            : last is { } sequence ? $"\"{new SubmissionCursor(sequence)}\""
            : "null";
        await WriteAsync(output, $"],\"next\":{next}}}", cancellationToken);
    }

    private async Task<FoundPage> ListAsync(
        SubmissionSet set, SubmissionCursor after, int limit, CancellationToken cancellationToken) => new(
        await submissions.CountPageAsync(set, after, limit, cancellationToken),
        await count.OfAsync(set, cancellationToken),
        null,
        sealedRows.ReadAsync(set, RowRange.Below(after), limit, cancellationToken));

    private async Task<FoundPage> FindAsync(
        Actor actor,
        SubmissionSet set,
        FormLayout layout,
        string text,
        RowsPage page,
        CancellationToken cancellationToken)
    {
        var filter = await read.RunAsync(actor, set, layout, text, cancellationToken);
        var query = new RowQuery(set, layout, filter, null, SubmissionCursor.Parse(page.After));
        var sequences = new List<long>();
        await foreach (var portion in match.StreamAsync(query, cancellationToken))
        {
            sequences.AddRange(portion.Take(page.Limit - sequences.Count).Select(row => row.Sequence));
            if (sequences.Count == page.Limit)
            {
                break;
            }
        }

        return new FoundPage(
            sequences.Count,
            page.Count ? await match.CountAsync(query with { After = SubmissionCursor.Newest }, cancellationToken) : null,
            sequences.Count > 0 ? new SubmissionCursor(sequences[^1]).ToString() : null,
            sealedRows.ReadChosenAsync(set, sequences, query.WithTrash, cancellationToken));
    }

    // Another order knows no place that stays: a page begins after so many rows.
    private async Task<FoundPage> OrderAsync(
        Actor actor, SubmissionSet set, FormLayout layout, SubmissionOrder order, RowsPage page, CancellationToken cancellationToken)
    {
        var after = RowCursor.Parse(page.After);
        RowQuery? query = null;
        List<long>? chosen = null;
        if (page.Filter is { } text)
        {
            var filter = await read.RunAsync(actor, set, layout, text, cancellationToken);
            query = new RowQuery(set, layout, filter, null, SubmissionCursor.Newest);
            chosen = [];
            await foreach (var portion in match.StreamAsync(query, cancellationToken))
            {
                chosen.AddRange(portion.Select(row => row.Sequence));
            }
        }

        var sequences = await inOrder.ListAsync(set, order, chosen, after.Rows, page.Limit, cancellationToken);
        return new FoundPage(
            sequences.Count,
            chosen?.Count ?? await count.OfAsync(set, cancellationToken),
            new RowCursor(after.Rows + sequences.Count).ToString(),
            sealedRows.ReadListedAsync(set, sequences, query?.WithTrash ?? false, cancellationToken));
    }

    // Gives the last row's number; null when there was none.
    private async Task<long?> StreamAsync(
        SubmissionSet set, FoundPage found, JsonRowsShape shape, FindNames names, Stream output, CancellationToken cancellationToken)
    {
        var isFirst = true;
        long? last = null;
        await rows.StreamAsync(
            set,
            found.Rows,
            new SubmitterNames(names),
            () => new JsonRowFormat(shape.Form, shape.Columns),
            async (block, token) =>
            {
                // Each row begins with a comma, which the first of all must not have.
                await output.WriteAsync(block.Tables[0].Written[(isFirst ? 1 : 0)..], token);
                isFirst = false;
                last = block.LastSequence;
            },
            cancellationToken);
        return last;
    }

    private static ValueTask WriteAsync(Stream output, string text, CancellationToken cancellationToken) =>
        output.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>A page before its rows are opened.</summary>
    /// <param name="Next">Where the next page begins; null when only reading this one tells.</param>
    private sealed record FoundPage(long Count, long? Total, string? Next, IAsyncEnumerable<SealedBlock> Rows);

    /// <summary>What is written of each row.</summary>
    private sealed record JsonRowsShape(FormShape Form, IReadOnlySet<string>? Columns);
}
