using System.IO.Compression;
using System.Text;

namespace Fieldkeep.XForms.Sheets;

/// <summary>
/// Writes an .xlsx workbook forward only: sheet by sheet, row by row, in constant memory whatever the number of rows.
/// The same calls give the same bytes.
/// </summary>
/// <remarks>
/// Texts stand inside their cells (<c>inlineStr</c>) instead of in a shared table: the table would have to stay in memory
/// until the end, and the zip's own compression finds repeated texts as well. Text cells have the format “@”.
/// </remarks>
public sealed class XlsxWriter : IDisposable
{
    /// <summary>Most rows of a sheet, the header included.</summary>
    public const int MaxRows = 1_048_576;

    /// <summary>Most columns of a sheet.</summary>
    public const int MaxColumns = 16_384;

    /// <summary>Most characters (UTF-16) of a cell.</summary>
    public const int MaxCellLength = 32_767;

    /// <summary>Most characters of a sheet's name.</summary>
    public const int MaxSheetNameLength = 31;

    /// <summary>Widest column, in characters.</summary>
    public const int MaxWidth = 255;

    // The first moment a zip can name: the bytes must not depend on the clock.
    private static readonly DateTimeOffset Moment = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly XlsxOutput _output = new();
    private readonly ZipArchive _zip;
    private readonly SheetNames _sheets = new();
    private readonly List<byte[]> _columns = [];
    private int _row;
    private int _column;
    private bool _isSheetOpen;
    private bool _isFinished;

    /// <summary>Begins a workbook; the stream need not be seekable and stays open.</summary>
    public XlsxWriter(Stream output) =>
        _zip = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8);

    /// <summary>Ends the sheet before, begins another, and writes its header: the first row, bold and frozen.</summary>
    /// <param name="name">The name wanted; made valid, unique and at most 31 characters long. What it became is given back.</param>
    /// <param name="header">The cells of the first row.</param>
    /// <param name="widths">Widths of the columns in characters; columns beyond have the usual width.</param>
    /// <exception cref="XlsxLimitException">Too many columns, or a header too long.</exception>
    public string StartSheet(string name, ReadOnlySpan<string> header, ReadOnlySpan<int> widths = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ObjectDisposedException.ThrowIf(_isFinished, this);
        EndSheet();
        var unique = _sheets.Add(name);
        _output.Start(Open(XlsxParts.SheetPath(_sheets.All.Count)));
        _isSheetOpen = true;
        _row = 0;
        WriteText(XlsxParts.SheetStart);
        WriteWidths(widths);
        _output.Raw("<sheetData>"u8);
        StartRow();
        foreach (var cell in header)
        {
            WriteText(cell, XlsxParts.HeaderStyle);
        }

        return unique;
    }

    /// <summary>Ends the row before and begins another.</summary>
    /// <exception cref="XlsxLimitException">The sheet is full.</exception>
    public void StartRow()
    {
        if (!_isSheetOpen)
        {
            throw new InvalidOperationException("Start a sheet before its rows.");
        }

        EndRow();
        if (_row == MaxRows)
        {
            throw Limit($"a sheet has at most {MaxRows:N0} rows. Choose fewer, or another format.");
        }

        _row++;
        _column = 0;
        _output.Raw("<row r=\""u8);
        _output.Number(_row);
        _output.Raw("\">"u8);
    }

    /// <summary>Writes the next cell as text; empty text leaves the cell empty.</summary>
    /// <exception cref="XlsxLimitException">The text is longer than <see cref="MaxCellLength"/>, or there are too many columns.</exception>
    public void Write(ReadOnlySpan<char> text) => WriteText(text, XlsxParts.TextStyle);

    /// <summary>Writes the next cell as a number.</summary>
    /// <exception cref="XlsxLimitException">There are too many columns.</exception>
    public void Write(decimal number)
    {
        StartCell("\"><v>"u8);
        _output.Number(number);
        _output.Raw("</v></c>"u8);
    }

    /// <summary>Writes the next cell as a number; what is not finite stays empty, since no cell can hold it.</summary>
    /// <exception cref="XlsxLimitException">There are too many columns.</exception>
    public void Write(double number)
    {
        if (!double.IsFinite(number))
        {
            Skip();
            return;
        }

        StartCell("\"><v>"u8);
        _output.Number(number);
        _output.Raw("</v></c>"u8);
    }

    /// <summary>Leaves the next cell empty.</summary>
    public void Skip() => _column++;

    /// <summary>Writes a row of texts; null leaves a cell empty.</summary>
    /// <exception cref="XlsxLimitException">See <see cref="StartRow"/> and <see cref="Write(ReadOnlySpan{char})"/>.</exception>
    public void WriteRow(ReadOnlySpan<string?> cells)
    {
        StartRow();
        foreach (var cell in cells)
        {
            Write(cell);
        }
    }

    /// <summary>Writes what is common to all sheets and completes the file. A workbook needs at least one sheet.</summary>
    public void Finish()
    {
        if (_isFinished)
        {
            return;
        }

        if (_sheets.All.Count == 0)
        {
            throw new InvalidOperationException("Start at least one sheet: a workbook without sheets cannot be opened.");
        }

        EndSheet();
        _isFinished = true;
        WritePart("xl/styles.xml", XlsxParts.Styles);
        WritePart("xl/workbook.xml", XlsxParts.Workbook(_sheets.All));
        WritePart("xl/_rels/workbook.xml.rels", XlsxParts.WorkbookRelations(_sheets.All.Count));
        WritePart("_rels/.rels", XlsxParts.PackageRelations);
        WritePart("[Content_Types].xml", XlsxParts.ContentTypes(_sheets.All.Count));
        _zip.Dispose();
    }

    /// <summary>Releases the file; without <see cref="Finish"/> before it is not a workbook.</summary>
    public void Dispose()
    {
        if (_isSheetOpen)
        {
            _output.End();
            _isSheetOpen = false;
        }

        _zip.Dispose();
    }

    private void WriteText(ReadOnlySpan<char> text, int style)
    {
        if (text.IsEmpty)
        {
            Skip();
            return;
        }

        if (text.Length > MaxCellLength)
        {
            throw Limit($"a cell holds at most {MaxCellLength:N0} characters, and one has {text.Length:N0}. Shorten it.");
        }

        StartCell(style == XlsxParts.HeaderStyle ? "\" s=\"1\" t=\"inlineStr\"><is><t"u8 : "\" s=\"2\" t=\"inlineStr\"><is><t"u8);
        _output.Raw(IsSpaced(text) ? " xml:space=\"preserve\">"u8 : ">"u8);
        _output.Text(text);
        _output.Raw("</t></is></c>"u8);
    }

    private static bool IsSpaced(ReadOnlySpan<char> text) =>
        char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]) || text.IndexOfAny('\n', '\t') >= 0 || text.Contains("  ", StringComparison.Ordinal);

    private void StartCell(ReadOnlySpan<byte> rest)
    {
        if (_column >= MaxColumns)
        {
            throw Limit($"a sheet has at most {MaxColumns:N0} columns. Choose fewer.");
        }

        _output.Raw("<c r=\""u8);
        while (_columns.Count <= _column)
        {
            _columns.Add(LettersOf(_columns.Count));
        }

        _output.Raw(_columns[_column++]);
        _output.Number(_row);
        _output.Raw(rest);
    }

    private static byte[] LettersOf(int column)
    {
        var letters = new Stack<byte>();
        for (var rest = column + 1; rest > 0; rest = (rest - 1) / 26)
        {
            letters.Push((byte)('A' + ((rest - 1) % 26)));
        }

        return [.. letters];
    }

    private void WriteWidths(ReadOnlySpan<int> widths)
    {
        if (widths.IsEmpty)
        {
            return;
        }

        _output.Raw("<cols>"u8);
        for (var i = 0; i < widths.Length; i++)
        {
            // The style is given to the column too, so that what is typed into new rows stays text.
            WriteText($"<col min=\"{i + 1}\" max=\"{i + 1}\" width=\"{Math.Clamp(widths[i], 1, MaxWidth)}\" style=\"{XlsxParts.TextStyle}\" customWidth=\"1\"/>");
        }

        _output.Raw("</cols>"u8);
    }

    private void EndRow()
    {
        if (_row > 0)
        {
            _output.Raw("</row>"u8);
        }
    }

    private void EndSheet()
    {
        if (_isSheetOpen)
        {
            EndRow();
            _output.Raw("</sheetData></worksheet>"u8);
            _output.End();
            _isSheetOpen = false;
        }
    }

    private void WritePart(string path, string xml)
    {
        _output.Start(Open(path));
        WriteText(xml);
        _output.End();
    }

    private void WriteText(string xml) => _output.Raw(Encoding.UTF8.GetBytes(xml));

    private Stream Open(string path)
    {
        var entry = _zip.CreateEntry(path, CompressionLevel.Optimal);
        entry.LastWriteTime = Moment;
        return entry.Open();
    }

    private XlsxLimitException Limit(string message) => new(_sheets.All[^1], _row, message);
}
