using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports;

/// <summary>Writes the table of a form's submissions as CSV, without its repeats.</summary>
internal sealed class ExportCsv(
    FormShapes shapes, ChosenRows chosen, SubmissionRows rows, AuditLog audit, Db db)
{
    /// <summary>Writes to <paramref name="output"/>; the caller has passed <see cref="FindSubmissions"/>.</summary>
    /// <exception cref="ProblemException"><c>form.not_published</c>, a filter's problems; nothing was written then.</exception>
    public async Task RunAsync(
        Actor actor, ExportRequest request, ExportProgress progress, Stream output, CancellationToken cancellationToken)
    {
        var set = request.Set;
        var layout = new CsvLayout(
            await shapes.GetAsync(set, request.Options.DeletedFields, cancellationToken), request.Options);
        var total = await chosen.CountAsync(request, cancellationToken);
        await audit.AppendAsync(
            db,
            actor,
            new AuditEvent("submission.export", set.Project.Id, "form", set.XmlFormId, $"{total} submissions as CSV"),
            cancellationToken);
        using var headings = new PooledBytes();
        layout.WriteHeadings(0, headings);
        await output.WriteAsync(headings.Written, cancellationToken);
        await rows.StreamAsync(
            set,
            chosen.ReadAsync(request, cancellationToken),
            new SubmitterNames(request.Names),
            () => new CsvRowFormat(layout),
            async (block, token) =>
            {
                await output.WriteAsync(block.Tables[0].Written, token);
                progress.Add(block.Rows, block.DamagedRows);
            },
            cancellationToken);
    }
}
