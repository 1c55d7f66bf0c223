using System.Buffers;
using System.Text;
using Fieldkeep.XForms.Confidentiality;

namespace Fieldkeep.XForms.Tables;

/// <summary>
/// Writes comma-separated values as RFC 4180 describes, in UTF-8, rows ended by a line feed as ODK Central does. A text
/// that a spreadsheet would take for a formula gets an apostrophe in front; numbers never do. So does what begins like
/// a formula further on, behind a semicolon, tab or line break: spreadsheets of many countries cut there.
/// </summary>
public ref struct CsvWriter : ICellWriter
{
    private static readonly SearchValues<byte> Quoted = SearchValues.Create(",\"\n\r"u8);

    // What a signed number, a coordinate or a list of them is made of; no name of a function can be written with it.
    private static readonly SearchValues<byte> Numeric = SearchValues.Create("0123456789+-.,:; eE"u8);

    // A sign behind anything else is a sum: a spreadsheet shows +1-555-0100 as -654.
    private static readonly SearchValues<byte> BeforeSign = SearchValues.Create(",; eE"u8);

    // Where a spreadsheet that does not part cells by commas may begin another cell.
    private static readonly SearchValues<byte> OtherSeparators = SearchValues.Create(";\t\n\r"u8);

    private readonly IBufferWriter<byte> _output;
    private bool _isBegun;

    /// <summary>Begins with the first cell of a row.</summary>
    public CsvWriter(IBufferWriter<byte> output) => _output = output;

    /// <summary>Writes a cell of text that someone gave.</summary>
    public void Write(ReadOnlySpan<byte> text)
    {
        Separate();
        if (text.IsEmpty)
        {
            return;
        }

        if (text.IndexOfAny(OtherSeparators) is >= 0 and var separator && FindHiddenFormula(text, separator) is { } hidden)
        {
            WriteDisarmed(text, hidden);
            return;
        }

        var isFormula = IsFormula(text);
        if (!isFormula && !text.ContainsAny(Quoted) && text[0] != ' ' && text[^1] != ' ')
        {
            text.CopyTo(_output.GetSpan(text.Length));
            _output.Advance(text.Length);
            return;
        }

        WriteQuoted(text, isFormula);
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> answer, CellKind kind) => Write(answer);

    /// <summary>Writes a cell of text that someone gave.</summary>
    public void Write(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            Separate();
            return;
        }

        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            Write(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
        }
    }

    /// <summary>Writes a cell made of two texts, such as an instance's id and the rest of a row's key.</summary>
    public void Write(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(first.Length + second.Length);
        try
        {
            first.CopyTo(bytes);
            second.CopyTo(bytes.AsSpan(first.Length));
            Write(bytes.AsSpan(0, first.Length + second.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Writes a cell with a whole number.</summary>
    public void Write(long number)
    {
        Separate();
        var cell = _output.GetSpan(20);
        number.TryFormat(cell, out var length, default, System.Globalization.CultureInfo.InvariantCulture);
        _output.Advance(length);
    }

    /// <summary>Writes a cell with an instant, <c>2026-11-21T06:00:00.000Z</c>.</summary>
    public void Write(DateTimeOffset instant)
    {
        Separate();
        var cell = _output.GetSpan(24);
        instant.UtcDateTime.TryFormat(
            cell, out var length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        _output.Advance(length);
    }

    /// <inheritdoc/>
    public void WriteConfidential() => Write(ConfidentialMarks.Text);

    /// <summary>Writes empty cells.</summary>
    public void Skip(int cells)
    {
        for (var at = 0; at < cells; at++)
        {
            Separate();
        }
    }

    /// <summary>Ends the row; the next cell begins another.</summary>
    public void EndRow()
    {
        _output.GetSpan(1)[0] = (byte)'\n';
        _output.Advance(1);
        _isBegun = false;
    }

    private static bool IsFormula(ReadOnlySpan<byte> text) => text[0] switch
    {
        (byte)'=' or (byte)'@' or (byte)'\t' or (byte)'\r' or (byte)'\n' => true,
        (byte)'+' or (byte)'-' => text.ContainsAnyExcept(Numeric) || IsSum(text[1..], text[0]),

        // The same signs in the wide forms of East Asian keyboards, which some spreadsheets take for them.
        0xEF => text.StartsWith("＝"u8) || text.StartsWith("＋"u8) || text.StartsWith("－"u8) || text.StartsWith("＠"u8),
        _ => false,
    };

    private static bool IsSum(ReadOnlySpan<byte> rest, byte before)
    {
        foreach (var value in rest)
        {
            if (value is (byte)'+' or (byte)'-' && !BeforeSign.Contains(before))
            {
                return true;
            }

            before = value;
        }

        return false;
    }

    // Gives where a formula begins behind a separator; lists of coordinates have signs there, and bullets a space behind.
    private static int? FindHiddenFormula(ReadOnlySpan<byte> text, int from)
    {
        for (var at = from + 1; at < text.Length; at++)
        {
            if (OtherSeparators.Contains(text[at - 1]) && IsHiddenFormula(text[at..]))
            {
                return at;
            }
        }

        return null;
    }

    private static bool IsHiddenFormula(ReadOnlySpan<byte> text) => text[0] switch
    {
        (byte)'=' or (byte)'@' => true,
        (byte)'+' or (byte)'-' => text.Length > 1 && text[1] != ' ' && text.ContainsAnyExcept(Numeric),
        0xEF => IsFormula(text),
        _ => false,
    };

    private readonly void WriteDisarmed(ReadOnlySpan<byte> text, int hidden)
    {
        var disarmed = new ArrayBufferWriter<byte>(text.Length + 16);
        for (int? next = hidden; next is { } at; next = FindHiddenFormula(text, 0))
        {
            disarmed.Write(text[..at]);
            disarmed.Write("'"u8);
            disarmed.Write(text.Slice(at, 1));
            text = text[(at + 1)..];
        }

        disarmed.Write(text);
        WriteQuoted(disarmed.WrittenSpan, IsFormula(disarmed.WrittenSpan));
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(
            System.Runtime.InteropServices.MemoryMarshal.AsMemory(disarmed.WrittenMemory).Span);
    }

    private readonly void WriteQuoted(ReadOnlySpan<byte> text, bool isFormula)
    {
        // Every character may be a quotation mark to double; two marks and an apostrophe go around.
        var cell = _output.GetSpan((text.Length * 2) + 3);
        var length = 0;
        cell[length++] = (byte)'"';
        if (isFormula)
        {
            cell[length++] = (byte)'\'';
        }

        while (text.IndexOf((byte)'"') is >= 0 and var quote)
        {
            text[..(quote + 1)].CopyTo(cell[length..]);
            length += quote + 1;
            cell[length++] = (byte)'"';
            text = text[(quote + 1)..];
        }

        text.CopyTo(cell[length..]);
        length += text.Length;
        cell[length++] = (byte)'"';
        _output.Advance(length);
    }

    private void Separate()
    {
        if (_isBegun)
        {
            _output.GetSpan(1)[0] = (byte)',';
            _output.Advance(1);
        }

        _isBegun = true;
    }
}
