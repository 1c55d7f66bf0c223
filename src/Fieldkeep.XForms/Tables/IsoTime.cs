namespace Fieldkeep.XForms.Tables;

/// <summary>Reads dates, times and offsets as ISO 8601 and XForms write them, from UTF-8, without a copy.</summary>
public static class IsoTime
{
    private const int MostOffsetMinutes = 14 * 60;

    /// <summary>Reads <c>yyyy-mm-dd</c>.</summary>
    public static bool TryReadDate(ReadOnlySpan<byte> text, out DateTime date, out ReadOnlySpan<byte> rest)
    {
        date = default;
        rest = default;
        if (text.Length < 10 || text[4] != '-' || text[7] != '-'
            || !TryReadDigits(text[..4], out var year) || !TryReadDigits(text.Slice(5, 2), out var month)
            || !TryReadDigits(text.Slice(8, 2), out var day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        date = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified);
        rest = text[10..];
        return true;
    }

    /// <summary>Reads <c>hh:mm</c>, <c>hh:mm:ss</c> or with a fraction of a second.</summary>
    public static bool TryReadTime(ReadOnlySpan<byte> text, out TimeSpan time, out ReadOnlySpan<byte> rest)
    {
        time = default;
        rest = default;
        if (text.Length < 5 || text[2] != ':'
            || !TryReadDigits(text[..2], out var hours) || !TryReadDigits(text.Slice(3, 2), out var minutes)
            || hours > 23 || minutes > 59)
        {
            return false;
        }

        rest = text[5..];
        var ticks = ((hours * 60L) + minutes) * TimeSpan.TicksPerMinute;
        if (rest.Length >= 3 && rest[0] == ':')
        {
            if (!TryReadDigits(rest.Slice(1, 2), out var seconds) || seconds > 59)
            {
                return false;
            }

            ticks += seconds * TimeSpan.TicksPerSecond;
            rest = rest[3..];
            ticks += ReadFraction(ref rest);
        }

        time = TimeSpan.FromTicks(ticks);
        return true;
    }

    /// <summary>Reads all of a text as <c>Z</c>, <c>+hh:mm</c>, <c>+hhmm</c>, <c>+hh</c> or nothing.</summary>
    public static bool TryReadOffset(ReadOnlySpan<byte> text, out TimeSpan offset)
    {
        offset = default;
        if (text.IsEmpty || text.SequenceEqual("Z"u8))
        {
            return true;
        }

        var minutesText = text.Length switch
        {
            3 => "00"u8,
            5 => text[3..],
            6 when text[3] == ':' => text[4..],
            _ => default,
        };
        if (text[0] is not ((byte)'+' or (byte)'-') || minutesText.IsEmpty
            || !TryReadDigits(text.Slice(1, 2), out var hours) || !TryReadDigits(minutesText, out var minutes)
            || minutes > 59 || (hours * 60) + minutes > MostOffsetMinutes)
        {
            return false;
        }

        offset = TimeSpan.FromMinutes(((hours * 60) + minutes) * (text[0] == '-' ? -1 : 1));
        return true;
    }

    private static long ReadFraction(ref ReadOnlySpan<byte> text)
    {
        if (text.Length < 2 || text[0] is not ((byte)'.' or (byte)','))
        {
            return 0;
        }

        long ticks = 0;
        var unit = TimeSpan.TicksPerSecond;
        var at = 1;
        for (; at < text.Length && char.IsAsciiDigit((char)text[at]); at++)
        {
            unit /= 10;
            ticks += (text[at] - '0') * unit;
        }

        text = text[at..];
        return ticks;
    }

    private static bool TryReadDigits(ReadOnlySpan<byte> text, out int number)
    {
        number = 0;
        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            number = (number * 10) + (digit - '0');
        }

        return true;
    }
}
