using System.Text;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports;

/// <summary>Which page of a form's table is asked for.</summary>
/// <param name="After">The <c>next</c> of the page before; null for the newest rows.</param>
/// <param name="Limit">1 to <see cref="SubmissionQueries.MostRows"/>.</param>
internal sealed record RowsPage(string XmlFormId, bool IsDraft, string? After, int Limit);

/// <summary>
/// Writes a page of a form's table as JSON, newest first: <c>{total, rows, next}</c>. The reading stands in the audit
/// book before anything leaves.
/// </summary>
internal sealed class ListRows(
    FindSubmissions find, FormShapes shapes, SubmissionQueries submissions, SubmissionRows rows, AuditLog audit, Db db)
{
    /// <summary>Writes the page to <paramref name="output"/>.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>form.not_published</c>,
    /// <c>cursor.unreadable</c>, <c>query.bad_limit</c>; nothing was written then.
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
        var after = SubmissionCursor.Parse(page.After);
        var shape = await shapes.GetAsync(set, allVersions: true, cancellationToken);
        var count = await submissions.CountPageAsync(set, after, page.Limit, cancellationToken);
        var total = await submissions.CountAsync(set, cancellationToken);
        await audit.AppendAsync(
            db,
            actor,
            new AuditEvent("submission.list", project.Id, "form", set.XmlFormId, $"{count} submissions"),
            cancellationToken);
        await WriteAsync(output, $"{{\"total\":{total},\"rows\":[", cancellationToken);
        var last = await StreamAsync(set, after, page.Limit, shape, names, output, cancellationToken);
        var next = last is { } sequence ? $"\"{new SubmissionCursor(sequence)}\"" : "null";
        await WriteAsync(output, $"],\"next\":{next}}}", cancellationToken);
    }

    // Gives the last row's number when the page is full; null when there are no more rows.
    private async Task<long?> StreamAsync(
        SubmissionSet set,
        SubmissionCursor after,
        int limit,
        FormShape shape,
        FindNames names,
        Stream output,
        CancellationToken cancellationToken)
    {
        var written = 0;
        long last = 0;
        await rows.StreamAsync(
            set,
            after,
            limit,
            new SubmitterNames(names),
            () => new JsonRowFormat(shape),
            async (block, token) =>
            {
                // Each row begins with a comma, which the first of all must not have.
                await output.WriteAsync(block.Tables[0].Written[(written == 0 ? 1 : 0)..], token);
                written += block.Rows;
                last = block.LastSequence;
            },
            cancellationToken);
        return written == limit ? last : null;
    }

    private static ValueTask WriteAsync(Stream output, string text, CancellationToken cancellationToken) =>
        output.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
}
