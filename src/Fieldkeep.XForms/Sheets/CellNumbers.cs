using System.Globalization;
using System.Numerics;

namespace Fieldkeep.XForms.Sheets;

/// <summary>Writes the numbers and dates of spreadsheet cells the way XLSForm tools do.</summary>
internal static class CellNumbers
{
    private const double MillisecondsPerDay = 86_400_000;
    private static readonly DateTime Epoch1900 = new(1899, 12, 30, 0, 0, 0, DateTimeKind.Unspecified);
    private static readonly DateTime Epoch1904 = new(1904, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>Writes a number: whole ones without <c>.0</c>, others in the shortest form that reads back the same.</summary>
    public static string Write(double value)
    {
        if (!double.IsFinite(value))
        {
            return value.ToString(CultureInfo.InvariantCulture).ToLowerInvariant();
        }

        if (Math.Floor(value) == value)
        {
            return new BigInteger(value).ToString(CultureInfo.InvariantCulture);
        }

        // A number with a fraction is below 2^53, so an upwards exponent only stands for 15 or 16 digits.
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.Contains("E+", StringComparison.Ordinal)
            ? value.ToString("F4", CultureInfo.InvariantCulture).TrimEnd('0')
            : text.Replace('E', 'e');
    }

    /// <summary>Writes the text of a number cell: digits stay as they are, all else goes through <see cref="Write(double)"/>.</summary>
    public static string? Write(string value)
    {
        if (value.Length is > 0 and < 16 && !value.AsSpan().ContainsAnyExceptInRange('0', '9') && value is [>= '1' and <= '9', ..] or ['0'])
        {
            return value;
        }

        return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? Write(number) : null;
    }

    /// <summary>Writes a date serial: date and time, or the time alone below one day.</summary>
    public static string WriteDate(double serial, bool is1904)
    {
        var days = Math.Floor(serial);
        var milliseconds = Math.Round((serial - days) * MillisecondsPerDay, MidpointRounding.ToEven);
        if (serial is >= 0 and < 1 && milliseconds < MillisecondsPerDay)
        {
            return WriteTime(TimeSpan.FromMilliseconds(milliseconds));
        }

        if (serial is > 0 and < 60 && !is1904)
        {
            days++;
        }

        if (!double.IsFinite(serial) || days is < -600_000 or > 2_950_000)
        {
            return "#VALUE!";
        }

        return WriteDate((is1904 ? Epoch1904 : Epoch1900).AddDays(days).AddMilliseconds(milliseconds));
    }

    /// <summary>Writes date and time; fractions of a second only when there are some.</summary>
    public static string WriteDate(DateTime value) =>
        value.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + Fraction(value.TimeOfDay);

    /// <summary>Writes a time of day or, beyond one, a duration with its days.</summary>
    public static string WriteTime(TimeSpan value)
    {
        if (value.Days == 0 && value >= TimeSpan.Zero)
        {
            return value.ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture) + Fraction(value);
        }

        return $"{value.Days} {(value.Days == 1 ? "day" : "days")}, {value:h\\:mm\\:ss}";
    }

    private static string Fraction(TimeSpan time)
    {
        var microseconds = time.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond;
        return microseconds == 0 ? "" : "." + microseconds.ToString("D6", CultureInfo.InvariantCulture);
    }
}
