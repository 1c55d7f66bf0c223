using System.Buffers.Text;

namespace Fieldkeep.XForms.Tables;

/// <summary>Reads what answers say as numbers, dates and times, without losing anything of them.</summary>
public static class TypedAnswer
{
    // What a double holds exactly, as every spreadsheet and statistics program keeps numbers.
    private const int MostDigits = 15;

    /// <summary>
    /// Says whether an answer is a number that JSON, XML Schema and spreadsheets write in the same way and keep exactly: at most
    /// 15 digits, no leading zeros, no plus sign in front.
    /// </summary>
    public static bool IsNumber(ReadOnlySpan<byte> answer) => IsNumber(answer, MostDigits);

    /// <summary>The same for numbers of more digits.</summary>
    internal static bool IsNumber(ReadOnlySpan<byte> answer, int mostDigits)
    {
        var rest = answer.StartsWith("-"u8) ? answer[1..] : answer;
        var whole = CountDigits(rest);
        if (whole == 0 || (whole > 1 && rest[0] == (byte)'0'))
        {
            return false;
        }

        rest = rest[whole..];
        var digits = whole;
        if (rest.StartsWith("."u8))
        {
            var fraction = CountDigits(rest[1..]);
            if (fraction == 0)
            {
                return false;
            }

            digits += fraction;
            rest = rest[(fraction + 1)..];
        }

        return digits <= mostDigits && IsExponent(rest);
    }

    /// <summary>Reads a number that is one.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> answer, out double number)
    {
        number = 0;
        return IsNumber(answer) && Utf8Parser.TryParse(answer, out number, out var used) && used == answer.Length && double.IsFinite(number);
    }

    /// <summary>Reads a calendar date, <c>yyyy-mm-dd</c>.</summary>
    public static bool TryDate(ReadOnlySpan<byte> answer, out DateOnly date)
    {
        date = default;
        if (answer.Length != 10 || answer[4] != (byte)'-' || answer[7] != (byte)'-'
            || !TryDigits(answer[..4], out var year) || !TryDigits(answer[5..7], out var month) || !TryDigits(answer[8..], out var day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        date = new DateOnly(year, month, day);
        return true;
    }

    /// <summary>Reads a time of day as the device showed it, <c>hh:mm[:ss[.fff]]</c> with any offset behind it.</summary>
    public static bool TryTime(ReadOnlySpan<byte> answer, out TimeSpan time)
    {
        time = default;
        if (answer.Length < 5 || answer[2] != (byte)':' || !TryDigits(answer[..2], out var hours)
            || !TryDigits(answer[3..5], out var minutes) || hours > 23 || minutes > 59)
        {
            return false;
        }

        var rest = answer[5..];
        var ticks = 0L;
        if (rest.StartsWith(":"u8))
        {
            if (rest.Length < 3 || !TryDigits(rest[1..3], out var seconds) || seconds > 59)
            {
                return false;
            }

            ticks = seconds * TimeSpan.TicksPerSecond;
            rest = rest[3..];
            if (rest.StartsWith("."u8))
            {
                var digits = CountDigits(rest[1..]);
                if (digits is 0 or > 7 || !TryDigits(rest.Slice(1, digits), out var fraction))
                {
                    return false;
                }

                ticks += fraction * (long)Math.Pow(10, 7 - digits);
                rest = rest[(digits + 1)..];
            }
        }

        time = new TimeSpan(hours, minutes, 0) + TimeSpan.FromTicks(ticks);
        return IsOffset(rest);
    }

    /// <summary>Reads date and time as the device showed them; the offset behind is not applied.</summary>
    public static bool TryDateTime(ReadOnlySpan<byte> answer, out DateTime shown)
    {
        shown = default;
        if (answer.Length < 16 || answer[10] is not ((byte)'T' or (byte)' ')
            || !TryDate(answer[..10], out var date) || !TryTime(answer[11..], out var time))
        {
            return false;
        }

        shown = date.ToDateTime(TimeOnly.MinValue) + time;
        return true;
    }

    private static bool IsOffset(ReadOnlySpan<byte> rest) =>
        rest.IsEmpty || rest.SequenceEqual("Z"u8)
        || (rest[0] is (byte)'+' or (byte)'-' && !rest[1..].IsEmpty && !rest[1..].ContainsAnyExceptInRange((byte)'0', (byte)':'));

    private static bool IsExponent(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty)
        {
            return true;
        }

        if (rest[0] is not ((byte)'e' or (byte)'E'))
        {
            return false;
        }

        var digits = rest.Length > 1 && rest[1] is (byte)'+' or (byte)'-' ? rest[2..] : rest[1..];
        return digits.Length is 1 or 2 && CountDigits(digits) == digits.Length;
    }

    private static int CountDigits(ReadOnlySpan<byte> text)
    {
        var other = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return other < 0 ? text.Length : other;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, out int number)
    {
        number = 0;
        return CountDigits(text) == text.Length && Utf8Parser.TryParse(text, out number, out var used) && used == text.Length;
    }
}
