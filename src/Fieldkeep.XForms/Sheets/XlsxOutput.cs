using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Fieldkeep.XForms.Sheets;

/// <summary>Writes one part of a workbook as UTF-8 through a buffer of constant size.</summary>
internal sealed class XlsxOutput
{
    private const int Size = 64 * 1024;

    // Control characters but tab and line feed, the two non-characters, surrogates (checked for their partner), the
    // signs of XML, and the underscore that may start an escape.
    private static readonly SearchValues<char> Special = SearchValues.Create(
        "&<>_\r\uFFFE\uFFFF"
        + string.Concat(Enumerable.Range(0, 0x20).Where(c => c is not ('\t' or '\n')).Select(c => (char)c))
        + string.Concat(Enumerable.Range(0xD800, 0x800).Select(c => (char)c)));

    private readonly byte[] _buffer = new byte[Size];
    private Stream _part = Stream.Null;
    private int _length;

    /// <summary>Begins a part; the one before must have been ended.</summary>
    public void Start(Stream part) => _part = part;

    /// <summary>Writes what is left and closes the part.</summary>
    public void End()
    {
        Flush();
        _part.Dispose();
        _part = Stream.Null;
    }

    /// <summary>Writes bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Size - _length)
        {
            Flush();
            if (bytes.Length > Size)
            {
                _part.Write(bytes);
                return;
            }
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Writes a whole number.</summary>
    public void Number(int number)
    {
        Reserve(11);
        Utf8Formatter.TryFormat(number, _buffer.AsSpan(_length), out var written);
        _length += written;
    }

    /// <summary>Writes a number in the shortest form that reads back the same; it must be finite.</summary>
    public void Number(double number)
    {
        Reserve(32);
        number.TryFormat(_buffer.AsSpan(_length), out var written, "R", CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <summary>Writes a number; its trailing zeros stay.</summary>
    public void Number(decimal number)
    {
        Reserve(32);
        number.TryFormat(_buffer.AsSpan(_length), out var written, default, CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <summary>Writes the text of a cell, escaped for XML and for spreadsheets.</summary>
    public void Text(ReadOnlySpan<char> text)
    {
        while (true)
        {
            var at = text.IndexOfAny(Special);
            if (at < 0)
            {
                Plain(text);
                return;
            }

            Plain(text[..at]);
            text = text[(at + Escape(text[at..]))..];
        }
    }

    /// <summary>Writes the escape of the first character; gives how many characters it stands for.</summary>
    private int Escape(ReadOnlySpan<char> text)
    {
        switch (text[0])
        {
            case '&':
                Raw("&amp;"u8);
                return 1;
            case '<':
                Raw("&lt;"u8);
                return 1;
            case '>':
                Raw("&gt;"u8);
                return 1;
            case '_' when !XlsxEscapes.StartsWith(text):
                Raw("_"u8);
                return 1;
            case var high when char.IsHighSurrogate(high) && text.Length > 1 && char.IsLowSurrogate(text[1]):
                Plain(text[..2]);
                return 2;
            case var half when char.IsSurrogate(half):
                Raw("\uFFFD"u8);
                return 1;
            case var other:
                Raw("_x"u8);
                Reserve(4);
                ((ushort)other).TryFormat(_buffer.AsSpan(_length), out var written, "X4", CultureInfo.InvariantCulture);
                _length += written;
                Raw("_"u8);
                return 1;
        }
    }

    private void Plain(ReadOnlySpan<char> text)
    {
        const int Slice = Size / 4;
        while (text.Length > 0)
        {
            var length = Math.Min(text.Length, Slice);
            if (length < text.Length && char.IsHighSurrogate(text[length - 1]))
            {
                length--;
            }

            Reserve(length * 3);
            _length += Encoding.UTF8.GetBytes(text[..length], _buffer.AsSpan(_length));
            text = text[length..];
        }
    }

    private void Reserve(int bytes)
    {
        if (bytes > Size - _length)
        {
            Flush();
        }
    }

    private void Flush()
    {
        _part.Write(_buffer.AsSpan(0, _length));
        _length = 0;
    }
}
