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

/// <summary>Which page of a repeat's rows is asked for.</summary>
/// <param name="Repeat">The repeat's name, as in the list of columns.</param>
/// <param name="After">The <c>next</c> of the page before; null for the newest submission's rows.</param>
/// <param name="Skip">Rows to pass over first.</param>
/// <param name="Limit">1 to <see cref="SubmissionQueries.MostRows"/>.</param>
/// <param name="Filter">What must hold for the submission, as OData's <c>$filter</c> is written; null for all.</param>
/// <param name="Count">Whether all rows are counted.</param>
internal sealed record RepeatRowsPage(
    string XmlFormId, bool IsDraft, string Repeat, string? After, int Skip, int Limit, string? Filter, bool Count);

/// <summary>
/// Writes a page of the rows of a repeat as JSON, those of the newest submission first: <c>{total, rows, next}</c>. The
/// same cost at every depth: how many rows a submission has is known without opening it. The reading stands in the audit
/// book before anything leaves.
/// </summary>
internal sealed class ListRepeatRows(
    FindSubmissions find,
    FormLayouts layouts,
    ReadFilter read,
    MatchRows match,
    SealedRows sealedRows,
    SubmissionRows rows,
    PagePlaces pages,
    AuditLog audit,
    Db db)
{
    /// <summary>Writes the page to <paramref name="output"/>.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>form.not_published</c>,
    /// <c>export.no_table</c>, <c>cursor.unreadable</c>, <c>query.bad_limit</c>, <c>query.too_many</c> and the problems of
    /// <see cref="FilterProblems"/>; nothing was written then.
    /// </exception>
    public async Task RunAsync(
        Actor actor, ProjectRef project, RepeatRowsPage page, Stream output, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionRead, project, page.XmlFormId, page.IsDraft, cancellationToken);
        SubmissionQueries.RequireLimit(page.Limit);
        var from = RepeatCursor.Parse(page.After);
        var layout = await layouts.GetAsync(set, cancellationToken);
        var table = layout.Tables.Tables.Skip(1).FirstOrDefault(table => table.Name == page.Repeat)
            ?? throw ExportProblems.NoTable(page.Repeat);
        var filter = page.Filter is { } text ? await read.RunAsync(actor, set, layout, text, cancellationToken) : null;
        var query = new RowQuery(set, layout, filter, table, new SubmissionCursor(from.Sequence + 1));
        using var search = await pages.BeginSearchAsync(actor, isSearch: true, cancellationToken);
        using var place = await pages.BeginPageAsync(actor, cancellationToken);
        var found = await FindAsync(query, from, page, cancellationToken);
        long? total = page.Count
            ? await match.CountAsync(new RowQuery(set, layout, filter, table, SubmissionCursor.Newest), cancellationToken)
            : null;
        await audit.AppendAsync(
            db,
            actor,
            new AuditEvent("submission.list", project.Id, "form", set.XmlFormId, $"{found.Places.Count} submissions"),
            cancellationToken);
        await WriteAsync(output, $"{{\"total\":{total?.ToString() ?? "null"},\"rows\":[", cancellationToken);
        var isFirst = true;
        await rows.StreamAsync(
            set,
            sealedRows.ReadChosenAsync(set, [.. found.Places.Keys], query.WithTrash, cancellationToken),
            new SubmitterNames((_, _) => Task.FromResult<IReadOnlyDictionary<long, string>>(new Dictionary<long, string>())),
            () => new JsonRepeatFormat(layout.Tables, table, found.Places),
            async (block, token) =>
            {
                if (block.Tables[0].Length > 0)
                {
                    await output.WriteAsync(block.Tables[0].Written[(isFirst ? 1 : 0)..], token);
                    isFirst = false;
                }
            },
            cancellationToken);
        await WriteAsync(output, $"],\"next\":{(found.Next is { } next ? $"\"{next}\"" : "null")}}}", cancellationToken);
    }

    private async Task<FoundRows> FindAsync(
        RowQuery query, RepeatCursor from, RepeatRowsPage page, CancellationToken cancellationToken)
    {
        var places = new Dictionary<long, RepeatPlace>();
        var skip = page.Skip;
        var wanted = page.Limit;
        await foreach (var portion in match.StreamAsync(query, cancellationToken))
        {
            foreach (var (sequence, count) in portion)
            {
                var begin = sequence == from.Sequence ? Math.Min(from.Row, count) : 0;
                var skipped = Math.Min(skip, count - begin);
                skip -= skipped;
                begin += skipped;
                if (begin == count)
                {
                    continue;
                }

                var taken = Math.Min(wanted, count - begin);
                wanted -= taken;
                places[sequence] = new RepeatPlace(begin, taken);
                if (wanted == 0)
                {
                    return new FoundRows(places, new RepeatCursor(sequence, begin + taken));
                }
            }
        }

        return new FoundRows(places, null);
    }

    private static ValueTask WriteAsync(Stream output, string text, CancellationToken cancellationToken) =>
        output.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    private sealed record FoundRows(Dictionary<long, RepeatPlace> Places, RepeatCursor? Next);
}
