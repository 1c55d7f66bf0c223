using System.IO.Compression;
using Fieldkeep.Server.Exports.Media;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Formats;

/// <summary>
/// Writes CSV: the table of the submissions alone, or a zip in ODK Central's layout with <c>{form}.csv</c>, one
/// <c>{form}-{repeat}.csv</c> for each repeat, and <c>media/</c>.
/// </summary>
internal sealed class CsvExport(ExportFlow flow, ExportMedia media)
{
    /// <summary>Writes the table of the submissions.</summary>
    public async Task WriteTableAsync(
        PreparedExport export, ExportProgress progress, Stream output, CancellationToken cancellationToken)
    {
        await WriteHeadingsAsync(export.Tables.First(), output, cancellationToken);
        await flow.RunAsync(export, () => new CsvRows(export.Flat), progress, output.WriteAsync, waiting: null, cancellationToken);
    }

    /// <summary>Writes the zip.</summary>
    public Task WriteZipAsync(
        PreparedExport export, ExportProgress progress, Stream output, CancellationToken cancellationToken) => ForwardZip.WriteAsync(
            output,
            async zip =>
            {
                await WriteTablesAsync(zip, export, progress, cancellationToken);
                if (export.Request.Options.Media)
                {
                    await media.WriteAsync(zip, export, progress: null, cancellationToken);
                }
            },
            cancellationToken);

    private async Task WriteTablesAsync(
        ZipArchive zip, PreparedExport export, ExportProgress progress, CancellationToken cancellationToken)
    {
        using var waiting = flow.Wait(export.Flat.Count);
        foreach (var table in export.Tables)
        {
            await using var entry = await ForwardZip.BeginAsync(zip, $"{export.NameOf(table)}.csv", cancellationToken);
            await WriteHeadingsAsync(table, entry, cancellationToken);
            if (table.Table.Parent is null)
            {
                await flow.RunAsync(export, () => new CsvRows(export.Flat), progress, entry.WriteAsync, waiting, cancellationToken);
            }
            else
            {
                await waiting.CopyToAsync(table.Table.Index, entry, cancellationToken);
            }
        }
    }

    private static async Task WriteHeadingsAsync(FlatTable table, Stream output, CancellationToken cancellationToken)
    {
        using var headings = new PooledBytes();
        CsvRows.WriteHeadings(table, headings);
        await output.WriteAsync(headings.Written, cancellationToken);
    }
}
