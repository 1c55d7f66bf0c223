using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.XForms.Tables;

/// <summary>
/// Writes the cells of one row as SpreadsheetML. Which row of which sheet it will be is not known yet: marks stand where the
/// number goes, and <see cref="XlsxSheets"/> replaces them.
/// </summary>
internal ref struct XlsxCells : ICellWriter
{
    // The day Excel counts from, right for every day after the leap day of 1900 that never was.
    private static readonly DateOnly Epoch = new(1899, 12, 30);
    private static readonly DateOnly FirstCounted = new(1900, 3, 1);
    private static readonly byte[][] Letters = [.. Enumerable.Range(0, XlsxWriter.MaxColumns).Select(column => Encoding.ASCII.GetBytes(CellAddress.LettersOf(column)))];

    private readonly IBufferWriter<byte> _output;
    private readonly IBufferWriter<byte> _longTexts;
    private readonly IReadOnlyList<FlatColumn> _columns;
    private readonly ReadOnlySpan<byte> _instanceId;
    private readonly ReadOnlySpan<byte> _key;
    private int _column;

    /// <summary>Begins a row; texts too long for a cell go to <paramref name="longTexts"/> under the row's key.</summary>
    public XlsxCells(
        IBufferWriter<byte> output,
        IBufferWriter<byte> longTexts,
        IReadOnlyList<FlatColumn> columns,
        ReadOnlySpan<byte> instanceId,
        ReadOnlySpan<byte> key)
    {
        _output = output;
        _longTexts = longTexts;
        _columns = columns;
        _instanceId = instanceId;
        _key = key;
        output.Write([XlsxSheets.RowStart]);
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> answer, CellKind kind)
    {
        switch (kind)
        {
            case CellKind.Integer or CellKind.Decimal when TypedAnswer.IsNumber(answer):
                Number(answer);
                break;
            case CellKind.Date when TypedAnswer.TryDate(answer, out var date) && date >= FirstCounted:
                Begin("\" s=\"3\"><v>"u8);
                Digits(date.DayNumber - Epoch.DayNumber);
                _output.Write("</v></c>"u8);
                break;
            default:
                Text(answer);
                break;
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        Begin("\" s=\"2\" t=\"inlineStr\"><is><t>"u8);
        XmlText.Write(_output, first, isWorkbook: true);
        XmlText.Write(_output, second, isWorkbook: true);
        _output.Write("</t></is></c>"u8);
    }

    /// <inheritdoc/>
    public void Write(string? text) => Text(Encoding.UTF8.GetBytes(text ?? ""));

    /// <inheritdoc/>
    public void Write(long number)
    {
        Begin("\"><v>"u8);
        Digits(number);
        _output.Write("</v></c>"u8);
    }

    /// <inheritdoc/>
    public void Write(DateTimeOffset instant)
    {
        Span<byte> text = stackalloc byte[24];
        instant.UtcDateTime.TryFormat(text, out var length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        Text(text[..length]);
    }

    /// <inheritdoc/>
    public void WriteConfidential() => Text(ConfidentialMarks.Text);

    /// <inheritdoc/>
    public void Skip(int cells) => _column += cells;

    /// <inheritdoc/>
    public readonly void EndRow() => _output.Write([XlsxSheets.RowEnd]);

    private void Text(scoped ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            Skip(1);
            return;
        }

        // As many bytes as characters at least, so that most texts need not be counted.
        if (text.Length > XlsxWriter.MaxCellLength && LongTexts.CountCharacters(text) > XlsxWriter.MaxCellLength)
        {
            Cut(text);
            return;
        }

        Begin("\" s=\"2\" t=\"inlineStr\"><is><t xml:space=\"preserve\">"u8);
        XmlText.Write(_output, text, isWorkbook: true);
        _output.Write("</t></is></c>"u8);
    }

    private void Cut(scoped ReadOnlySpan<byte> text)
    {
        // Half the characters of a cell are at least a third of its bytes: short enough in every script.
        const int KeptBytes = XlsxWriter.MaxCellLength - 64;
        var part = 1L;
        var heading = LongTexts.HeadingOf(_columns[_column].Heading, _column);
        var kept = LongTexts.CutBytes(text, KeptBytes);
        Begin("\" s=\"2\" t=\"inlineStr\"><is><t xml:space=\"preserve\">"u8);
        XmlText.Write(_output, kept, isWorkbook: true);
        XmlText.Write(_output, Encoding.UTF8.GetBytes(LongTexts.Mark), isWorkbook: true);
        _output.Write("</t></is></c>"u8);
        for (var rest = text; !rest.IsEmpty; part++)
        {
            var next = LongTexts.CutBytes(rest, KeptBytes);
            var cells = new XlsxCells(_longTexts, _longTexts, _columns, _instanceId, _key);
            cells.Write(_instanceId, _key);
            cells.Write(heading);
            cells.Write(part);
            cells.Text(next);
            cells.EndRow();
            rest = rest[next.Length..];
        }
    }

    private void Number(ReadOnlySpan<byte> number)
    {
        Begin("\"><v>"u8);
        _output.Write(number);
        _output.Write("</v></c>"u8);
    }

    private readonly void Digits(long number)
    {
        Utf8Formatter.TryFormat(number, _output.GetSpan(20), out var length);
        _output.Advance(length);
    }

    private void Begin(scoped ReadOnlySpan<byte> rest)
    {
        _output.Write("<c r=\""u8);
        _output.Write(Letters[_column++]);
        _output.Write([XlsxSheets.RowNumber]);
        _output.Write(rest);
    }
}
