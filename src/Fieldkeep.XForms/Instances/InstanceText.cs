using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Fieldkeep.XForms.Instances;

/// <summary>Decodes text and attributes as written in XML: references, line ends, white space.</summary>
internal static class InstanceText
{
    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    /// <summary>Decodes text into a buffer that is at least as long; gives the number of bytes written.</summary>
    public static int Decode(ReadOnlySpan<byte> raw, bool isCdata, Span<byte> decoded)
    {
        var written = 0;
        while (true)
        {
            var at = isCdata ? raw.IndexOf((byte)'\r') : raw.IndexOfAny((byte)'&', (byte)'\r');
            if (at < 0)
            {
                raw.CopyTo(decoded[written..]);
                return written + raw.Length;
            }

            raw[..at].CopyTo(decoded[written..]);
            written += at;
            raw = raw[at..];
            if (raw[0] == '\r')
            {
                // XML 1.0, 2.11: CR LF and CR alone both mean LF.
                decoded[written++] = (byte)'\n';
                raw = raw[(raw.Length > 1 && raw[1] == '\n' ? 2 : 1)..];
            }
            else if (TryReadReference(raw, out var rune, out var length))
            {
                // A reference is never shorter than the UTF-8 of its character, so the buffer suffices.
                written += rune.EncodeToUtf8(decoded[written..]);
                raw = raw[length..];
            }
            else
            {
                throw new InvalidOperationException("The cursor lets no other reference through.");
            }
        }
    }

    /// <summary>Decodes text into a string.</summary>
    public static string DecodeToString(ReadOnlySpan<byte> raw, bool isEscaped, bool isCdata)
    {
        if (!isEscaped)
        {
            return Encoding.UTF8.GetString(raw);
        }

        var buffer = ArrayPool<byte>.Shared.Rent(raw.Length);
        try
        {
            return Encoding.UTF8.GetString(buffer, 0, Decode(raw, isCdata, buffer));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <summary>Decodes an attribute's value; line ends and tabs become spaces (XML 1.0, 3.3.3).</summary>
    public static string DecodeAttribute(ReadOnlySpan<byte> raw)
    {
        if (!raw.ContainsAny("&\r\n\t"u8))
        {
            return Encoding.UTF8.GetString(raw);
        }

        var spaced = Encoding.UTF8.GetString(raw)
            .Replace("\r\n", " ", StringComparison.Ordinal).Replace('\r', ' ').Replace('\n', ' ').Replace('\t', ' ');
        return DecodeToString(Encoding.UTF8.GetBytes(spaced), isEscaped: true, isCdata: false);
    }

    /// <summary>Reads a reference at the beginning of a text: one of the five named ones, or a character's number.</summary>
    public static bool TryReadReference(ReadOnlySpan<byte> text, out Rune rune, out int length)
    {
        rune = default;
        var end = text[..Math.Min(text.Length, 64)].IndexOf((byte)';');
        length = end + 1;
        if (end < 2)
        {
            return false;
        }

        var name = text[1..end];
        if (name[0] == '#')
        {
            return TryReadNumber(name[1..], out rune);
        }

        rune = name switch
        {
            _ when name.SequenceEqual("amp"u8) => new Rune('&'),
            _ when name.SequenceEqual("lt"u8) => new Rune('<'),
            _ when name.SequenceEqual("gt"u8) => new Rune('>'),
            _ when name.SequenceEqual("quot"u8) => new Rune('"'),
            _ when name.SequenceEqual("apos"u8) => new Rune('\''),
            _ => default,
        };
        return rune.Value != 0;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> digits, out Rune rune)
    {
        rune = default;
        var isHex = digits.Length > 0 && digits[0] == 'x';
        digits = isHex ? digits[1..] : digits;
        if (digits.IsEmpty || digits.ContainsAnyExcept(HexDigits))
        {
            return false;
        }

        digits = digits.TrimStart((byte)'0');
        return Utf8Parser.TryParse(digits, out int value, out var used, isHex ? 'X' : 'D')
            && used == digits.Length
            && digits.Length <= 8
            && (value >= 0x20 || value is '\t' or '\n' or '\r')
            && value is not (0xFFFE or 0xFFFF)
            && Rune.TryCreate(value, out rune);
    }
}
