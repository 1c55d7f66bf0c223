using System.IO.Compression;
using System.Text;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Formats;

/// <summary>
/// Writes a zip with an SPSS file for each table. SPSS wants widths and counts before the first row, so that all rows wait, sealed,
/// until the last was seen.
/// </summary>
internal sealed class SavExport(ExportFlow flow, TimeProvider clock)
{
    /// <summary>Writes the zip.</summary>
    public Task WriteAsync(
        PreparedExport export, ExportProgress progress, Stream output, CancellationToken cancellationToken) => ForwardZip.WriteAsync(
            output, zip => WriteFilesAsync(zip, export, progress, cancellationToken), cancellationToken);

    private async Task WriteFilesAsync(
        ZipArchive zip, PreparedExport export, ExportProgress progress, CancellationToken cancellationToken)
    {
        var longTexts = export.Flat.Count;
        using var waiting = flow.Wait(longTexts + 1);
        var tables = new SavTables(export.Flat, export.Columns.Language);
        await flow.RunAsync(export, () => new SavRows(tables), progress, first: null, waiting, cancellationToken);
        foreach (var table in export.Tables)
        {
            await using var entry = await ForwardZip.BeginAsync(zip, $"{export.NameOf(table)}.sav", cancellationToken);
            await using var rows = await waiting.OpenAsync(table.Table.Index, cancellationToken);
            await SavFile.WriteAsync(
                tables, table.Table.Index, rows, export.Shape.Newest.Title, clock.GetUtcNow(), entry, cancellationToken);
        }

        if (waiting.LengthOf(longTexts) > 0)
        {
            await using var entry = await ForwardZip.BeginAsync(zip, "long-texts.csv", cancellationToken);
            await entry.WriteAsync(Encoding.UTF8.GetBytes(string.Join(',', XlsxRows.LongTextHeadings) + "\n"), cancellationToken);
            await waiting.CopyToAsync(longTexts, entry, cancellationToken);
        }
    }
}
