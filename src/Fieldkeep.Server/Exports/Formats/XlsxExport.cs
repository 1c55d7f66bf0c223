using System.IO.Compression;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Formats;

/// <summary>Writes a workbook with a sheet for each table, and one for texts that are too long for a cell when there are any.</summary>
internal sealed class XlsxExport(ExportFlow flow)
{
    private const int CopyBytes = 64 * 1024;

    /// <summary>Writes the workbook.</summary>
    public Task WriteAsync(
        PreparedExport export, ExportProgress progress, Stream output, CancellationToken cancellationToken) => ForwardZip.WriteAsync(
            output, zip => WriteSheetsAsync(zip, export, progress, cancellationToken), cancellationToken);

    private async Task WriteSheetsAsync(
        ZipArchive zip, PreparedExport export, ExportProgress progress, CancellationToken cancellationToken)
    {
        var longTexts = export.Flat.Count;
        using var waiting = flow.Wait(longTexts + 1);
        var sheets = new XlsxSheets(zip);
        foreach (var table in export.Tables)
        {
            var isMain = table.Table.Parent is null;
            await sheets.StartAsync(
                isMain ? export.NameOf(table) : table.Table.Name, [.. table.Columns.Select(column => column.Heading)], cancellationToken);
            if (isMain)
            {
                await flow.RunAsync(export, () => new XlsxRows(export.Flat), progress, sheets.WriteAsync, waiting, cancellationToken);
            }
            else
            {
                await CopyAsync(waiting, table.Table.Index, sheets, cancellationToken);
            }
        }

        if (waiting.LengthOf(longTexts) > 0)
        {
            await sheets.StartAsync("long-texts", XlsxRows.LongTextHeadings, cancellationToken);
            await CopyAsync(waiting, longTexts, sheets, cancellationToken);
        }

        await sheets.FinishAsync(cancellationToken);
    }

    private static async Task CopyAsync(WaitingTables waiting, int table, XlsxSheets sheets, CancellationToken cancellationToken)
    {
        await using var rows = await waiting.OpenAsync(table, cancellationToken);
        var buffer = new byte[CopyBytes];
        for (int read; (read = await rows.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            await sheets.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        buffer.AsSpan().Clear();
    }
}
