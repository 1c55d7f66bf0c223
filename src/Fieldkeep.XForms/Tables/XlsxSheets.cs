using System.Buffers;
using System.Buffers.Text;
using System.IO.Compression;
using System.Text;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.XForms.Tables;

/// <summary>
/// Puts rows of <see cref="XlsxRows"/> into the sheets of a workbook, forward only and in constant memory. A table longer than a
/// sheet goes on in <c>name (2)</c>.
/// </summary>
public sealed class XlsxSheets(ZipArchive zip, int mostRows = XlsxWriter.MaxRows)
{
    // Marks that no XML text can hold.
    internal const byte RowStart = 1;
    internal const byte RowEnd = 2;
    internal const byte RowNumber = 3;

    private const int BufferBytes = 64 * 1024;

    // "<row r=\"1048576\">" and the like.
    private const int LongestReplacement = 32;

    private static readonly SearchValues<byte> Marks = SearchValues.Create([RowStart, RowEnd, RowNumber]);
    private static readonly DateTimeOffset Moment = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SheetNames _sheets = new();
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _length;
    private int _row;
    private int _part;
    private string _name = "";
    private IReadOnlyList<string> _headings = [];
    private Stream? _sheet;

    /// <summary>The sheets begun so far.</summary>
    public IReadOnlyList<string> Names => _sheets.All;

    /// <summary>Begins the sheet of a table with its header.</summary>
    /// <param name="name">The name wanted; made valid and unlike that of the other sheets.</param>
    public async Task StartAsync(string name, IReadOnlyList<string> headings, CancellationToken cancellationToken)
    {
        await EndAsync(cancellationToken);
        _name = name;
        _headings = headings;
        _part = 1;
        await StartSheetAsync(cancellationToken);
    }

    /// <summary>Writes some of the bytes that <see cref="XlsxRows"/> wrote for the table.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> rows, CancellationToken cancellationToken)
    {
        while (!rows.IsEmpty)
        {
            rows = rows[Take(rows.Span)..];
            if (_length + LongestReplacement > BufferBytes)
            {
                await FlushAsync(cancellationToken);
            }

            if (_row == mostRows && !rows.IsEmpty && rows.Span[0] == RowStart)
            {
                await EndAsync(cancellationToken);
                _part++;
                await StartSheetAsync(cancellationToken);
            }
        }
    }

    /// <summary>Ends the sheet that is open.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_sheet is { } sheet)
        {
            await FlushAsync(cancellationToken);
            await sheet.WriteAsync("</sheetData></worksheet>"u8.ToArray(), cancellationToken);
            await sheet.DisposeAsync();
            _sheet = null;
        }
    }

    /// <summary>Writes what is common to all sheets. The zip stays open.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        await EndAsync(cancellationToken);
        await WritePartAsync("xl/styles.xml", XlsxParts.Styles, cancellationToken);
        await WritePartAsync("xl/workbook.xml", XlsxParts.Workbook(_sheets.All), cancellationToken);
        await WritePartAsync("xl/_rels/workbook.xml.rels", XlsxParts.WorkbookRelations(_sheets.All.Count), cancellationToken);
        await WritePartAsync("_rels/.rels", XlsxParts.PackageRelations, cancellationToken);
        await WritePartAsync("[Content_Types].xml", XlsxParts.ContentTypes(_sheets.All.Count), cancellationToken);
    }

    private async Task StartSheetAsync(CancellationToken cancellationToken)
    {
        _sheets.Add(_part == 1 ? _name : $"{_name} ({_part})");
        _sheet = await OpenAsync(XlsxParts.SheetPath(_sheets.All.Count), cancellationToken);
        await _sheet.WriteAsync(Encoding.UTF8.GetBytes(XlsxParts.SheetStart + "<sheetData>"), cancellationToken);
        _row = 1;
        await _sheet.WriteAsync(Encoding.UTF8.GetBytes(HeaderRow()), cancellationToken);
    }

    private string HeaderRow()
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write("<row r=\"1\">"u8);
        for (var column = 0; column < _headings.Count; column++)
        {
            output.Write(Encoding.UTF8.GetBytes($"<c r=\"{CellAddress.Of(column, 1)}\" s=\"1\" t=\"inlineStr\"><is><t xml:space=\"preserve\">"));

            // A label may be as long as its author likes; a cell may not.
            XmlText.Write(output, Encoding.UTF8.GetBytes(LongTexts.CutHeading(_headings[column], column, XlsxWriter.MaxCellLength)), isWorkbook: true);
            output.Write("</t></is></c>"u8);
        }

        output.Write("</row>"u8);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    // Gives how many bytes were taken: until the buffer or the sheet is full.
    private int Take(ReadOnlySpan<byte> rows)
    {
        var taken = 0;
        while (taken < rows.Length && _length + LongestReplacement <= BufferBytes)
        {
            var plain = rows[taken..].IndexOfAny(Marks);
            plain = plain < 0 ? rows.Length - taken : plain;
            if (plain > 0)
            {
                plain = Math.Min(plain, BufferBytes - LongestReplacement - _length + 1);
                rows.Slice(taken, plain).CopyTo(_buffer.AsSpan(_length));
                _length += plain;
                taken += plain;
                continue;
            }

            if (rows[taken] == RowStart && _row == mostRows)
            {
                return taken;
            }

            Replace(rows[taken++]);
        }

        return taken;
    }

    private void Replace(byte mark)
    {
        switch (mark)
        {
            case RowStart:
                _row++;
                Append("<row r=\""u8);
                AppendRow();
                Append("\">"u8);
                break;
            case RowEnd:
                Append("</row>"u8);
                break;
            default:
                AppendRow();
                break;
        }
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_buffer.AsSpan(_length));
        _length += text.Length;
    }

    private void AppendRow()
    {
        Utf8Formatter.TryFormat(_row, _buffer.AsSpan(_length), out var written);
        _length += written;
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_length > 0 && _sheet is { } sheet)
        {
            await sheet.WriteAsync(_buffer.AsMemory(0, _length), cancellationToken);
        }

        _buffer.AsSpan(0, _length).Clear();
        _length = 0;
    }

    private async Task WritePartAsync(string path, string xml, CancellationToken cancellationToken)
    {
        await using var part = await OpenAsync(path, cancellationToken);
        await part.WriteAsync(Encoding.UTF8.GetBytes(xml), cancellationToken);
    }

    private Task<Stream> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var entry = zip.CreateEntry(path, CompressionLevel.Fastest);
        entry.LastWriteTime = Moment;
        return entry.OpenAsync(cancellationToken);
    }
}
