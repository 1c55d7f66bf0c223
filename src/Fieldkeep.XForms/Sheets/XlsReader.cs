using System.Text;
using ExcelDataReader;
using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.Sheets;

/// <summary>Reads .xls workbooks (BIFF) with ExcelDataReader, which shows error cells as empty.</summary>
internal static class XlsReader
{
    // What the format can address.
    private const int MaxRows = 65_536;

    static XlsReader() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>Reads all sheets; of a sheet that no XLSForm has only the name.</summary>
    /// <exception cref="WorkbookException">No workbook, or beyond the limits.</exception>
    public static Workbook Read(Stream content, DiagnosticList diagnostics)
    {
        try
        {
            return ReadSheets(content, diagnostics);
        }
        catch (Exception e) when (e is not (WorkbookException or OutOfMemoryException))
        {
            // ExcelDataReader indexes into damaged records; whatever it then throws means the same to the author.
            throw Damaged();
        }
    }

    private static WorkbookException Damaged() => new(
        DiagnosticCode.InputUnrecognised,
        "The .xls file is damaged, protected by a password, or older than Excel 97. Save it as .xlsx.");

    private static Workbook ReadSheets(Stream content, DiagnosticList diagnostics)
    {
        using var reader = ExcelReaderFactory.CreateBinaryReader(content);
        var count = reader.ResultsCount;
        var sheets = new List<Sheet>();
        var row = new string?[WorkbookLimits.MaxColumns];
        var cells = 0;
        do
        {
            // A damaged file may name its sheets nothing.
            var name = reader.Name ?? "";
            if (!KnownSheets.Contains(name, count))
            {
                sheets.Add(new Sheet(name, [], []));
                continue;
            }

            // ExcelDataReader believes the size a sheet gives itself: millions of rows that are not there cost seconds.
            if (reader.RowCount > MaxRows || reader.FieldCount > WorkbookLimits.MaxColumns)
            {
                throw Damaged();
            }

            var sheet = new SheetBuilder(name, diagnostics);
            for (var number = 1; reader.Read(); number++)
            {
                var length = Math.Min(Math.Min(reader.FieldCount, sheet.Columns), row.Length);
                for (var i = 0; i < length; i++)
                {
                    row[i] = TextOf(reader, i, number, diagnostics);
                }

                if (cells + sheet.CellCount > WorkbookLimits.MaxCells)
                {
                    throw XlsxReader.TooLarge();
                }

                if (!sheet.Add(number, row.AsSpan(0, length)))
                {
                    break;
                }
            }

            cells += sheet.CellCount;
            sheets.Add(sheet.Build());
        }
        while (reader.NextResult());

        return new Workbook(sheets);
    }

    private static string? TextOf(IExcelDataReader reader, int column, int row, DiagnosticList diagnostics)
    {
        switch (reader.GetValue(column))
        {
            case string text:
                return text;
            case double number:
                return CellNumbers.Write(number);
            case bool truth:
                return truth ? "TRUE" : "FALSE";
            case TimeSpan time:
                return CellNumbers.WriteTime(time);
            case DateTime { Year: < 1900 } time:
                return CellNumbers.WriteTime(ToSecond(time).TimeOfDay);
            case DateTime { Year: 1900, Month: < 3 } date:
                diagnostics.Error(
                    DiagnosticCode.AmbiguousXlsDate,
                    $"Row {row} of “{reader.Name}”: a date before March 1900 ({CellNumbers.WriteDate(date)}) is ambiguous in .xls files. Write it as text, or save the file as .xlsx.",
                    new SourceCell(reader.Name, row));
                return null;
            case DateTime date:
                return CellNumbers.WriteDate(ToSecond(date));
            case null:
                return null;
            case var other:
                return Convert.ToString(other, System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Rounds to the second, as programs that read .xls show it: xlsx keeps fractions, xls does not.</summary>
    private static DateTime ToSecond(DateTime value)
    {
        var rounded = value.AddTicks(TimeSpan.TicksPerSecond / 2);
        return rounded.AddTicks(-(rounded.Ticks % TimeSpan.TicksPerSecond));
    }
}
