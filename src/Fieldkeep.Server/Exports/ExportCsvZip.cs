using System.IO.Compression;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports;

/// <summary>
/// Writes a form's submissions as a zip in ODK Central's layout: <c>{form}.csv</c>, one <c>{form}-{repeat}.csv</c> for
/// each repeat, and <c>media/</c>. Memory stays flat: rows of repeats wait, sealed, until the main table is written.
/// </summary>
internal sealed class ExportCsvZip(
    FormShapes shapes,
    ChosenRows chosen,
    SubmissionRows rows,
    ExportMedia media,
    SpoolFolder spool,
    AuditLog audit,
    Db db)
{
    // Of one repeat; beyond it waits in a sealed file.
    private const int SpoolMemoryBytes = 4 * 1024 * 1024;

    // Fewer and larger pieces for the compressor and the network.
    private const int CopyBytes = 64 * 1024;

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
            new AuditEvent("submission.export", set.Project.Id, "form", set.XmlFormId, $"{total} submissions as CSV ZIP"),
            cancellationToken);
        await using var sent = new ZipOutput(output);
        await using (var zip = await ZipArchive.CreateAsync(
            sent, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancellationToken))
        {
            try
            {
                await WriteTablesAsync(zip, request, layout, progress, cancellationToken);
                if (request.Options.Media)
                {
                    await media.WriteAsync(zip, request, cancellationToken);
                }
            }
            catch
            {
                // Half an export must never get the directory that makes it look whole.
                sent.Abandon();
                throw;
            }
        }

        await sent.FlushAsync(cancellationToken);
    }

    private async Task WriteTablesAsync(
        ZipArchive zip, ExportRequest request, CsvLayout layout, ExportProgress progress, CancellationToken cancellationToken)
    {
        var spools = layout.Tables.Skip(1).Select(_ => spool.Begin(SpoolMemoryBytes)).ToList();
        try
        {
            await using (var entry = await BeginAsync(zip, NameOf(request, layout, 0), cancellationToken))
            {
                await WriteHeadingsAsync(layout, 0, entry, cancellationToken);
                await rows.StreamAsync(
                    request.Set,
                    chosen.ReadAsync(request, cancellationToken),
                    new SubmitterNames(request.Names),
                    () => new CsvRowFormat(layout),
                    async (block, token) => await TakeAsync(block, entry, spools, progress, token),
                    cancellationToken);
            }

            for (var table = 1; table < layout.Tables.Count; table++)
            {
                await using var entry = await BeginAsync(zip, NameOf(request, layout, table), cancellationToken);
                await WriteHeadingsAsync(layout, table, entry, cancellationToken);
                await CopyAsync(spools[table - 1], entry, cancellationToken);
            }
        }
        finally
        {
            spools.ForEach(one => one.Dispose());
        }
    }

    private static async ValueTask TakeAsync(
        FormattedBlock block,
        Stream main,
        List<SealedSpool> spools,
        ExportProgress progress,
        CancellationToken cancellationToken)
    {
        await main.WriteAsync(block.Tables[0].Written, cancellationToken);
        for (var table = 1; table < block.Tables.Count; table++)
        {
            await spools[table - 1].WriteAsync(block.Tables[table].Written, cancellationToken);
        }

        progress.Add(block.Rows, block.DamagedRows);
    }

    private static async Task CopyAsync(SealedSpool spool, Stream entry, CancellationToken cancellationToken)
    {
        await spool.CompleteAsync(cancellationToken);
        await using var content = await spool.OpenReadAsync(cancellationToken);
        await content.CopyToAsync(entry, CopyBytes, cancellationToken);
    }

    private static async Task WriteHeadingsAsync(
        CsvLayout layout, int table, Stream entry, CancellationToken cancellationToken)
    {
        using var headings = new PooledBytes();
        layout.WriteHeadings(table, headings);
        await entry.WriteAsync(headings.Written, cancellationToken);
    }

    private static Task<Stream> BeginAsync(ZipArchive zip, string name, CancellationToken cancellationToken) =>
        zip.CreateEntry(name, CompressionLevel.Fastest).OpenAsync(cancellationToken);

    private static string NameOf(ExportRequest request, CsvLayout layout, int table) => EntryNames.Safe(table == 0
        ? $"{request.Set.XmlFormId}.csv"
        : $"{request.Set.XmlFormId}-{layout.Tables[table].Table.Name}.csv");
}
