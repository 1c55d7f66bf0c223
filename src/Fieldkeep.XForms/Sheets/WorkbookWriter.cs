namespace Fieldkeep.XForms.Sheets;

/// <summary>Writes a <see cref="Workbook"/> as .xlsx, columns as wide as what stands in them.</summary>
public static class WorkbookWriter
{
    private const int NarrowestColumn = 10;
    private const int WidestColumn = 60;

    /// <summary>Writes all sheets with their rows at their numbers; the stream stays open.</summary>
    /// <exception cref="XlsxLimitException">More than an .xlsx file can hold.</exception>
    public static void WriteXlsx(Workbook workbook, Stream output)
    {
        ArgumentNullException.ThrowIfNull(workbook);
        ArgumentNullException.ThrowIfNull(output);
        using var writer = new XlsxWriter(output);
        foreach (var sheet in workbook.Sheets)
        {
            writer.StartSheet(sheet.Name, sheet.Header.Select(cell => cell ?? "").ToArray(), WidthsOf(sheet));
            var number = 1;
            foreach (var row in sheet.Rows)
            {
                while (++number < row.Number)
                {
                    writer.StartRow();
                }

                writer.WriteRow(row.Cells);
            }
        }

        writer.Finish();
    }

    private static int[] WidthsOf(Sheet sheet)
    {
        var widths = sheet.Header.Select(header => Math.Clamp((header?.Length ?? 0) + 2, NarrowestColumn, WidestColumn)).ToArray();
        foreach (var row in sheet.Rows)
        {
            for (var i = 0; i < Math.Min(row.Cells.Length, widths.Length); i++)
            {
                widths[i] = Math.Max(widths[i], Math.Min(row.Cells[i]?.Length ?? 0, WidestColumn));
            }
        }

        return widths;
    }
}
