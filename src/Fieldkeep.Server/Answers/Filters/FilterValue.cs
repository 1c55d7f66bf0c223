using System.Globalization;
using System.Text;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Answers.Filters;

/// <summary>Says what a value is, and with what it can be compared.</summary>
internal enum ValueKind
{
    /// <summary>Nothing: no answer.</summary>
    Null,

    /// <summary>Text, compared byte by byte.</summary>
    Text,

    /// <summary>Number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>Calendar date.</summary>
    Date,

    /// <summary>Time of day, as the device's clock showed it.</summary>
    Time,

    /// <summary>Instant, with the offset of the device.</summary>
    DateTime,
}

/// <summary>A value that a filter compares: a literal, an answer, what a function made of either.</summary>
internal readonly record struct FilterValue
{
    private FilterValue(ValueKind kind, decimal number, string? text, DateTimeOffset at)
    {
        Kind = kind;
        Number = number;
        Text = text;
        At = at;
    }

    /// <summary>Nothing.</summary>
    public static FilterValue Null => default;

    public ValueKind Kind { get; }

    /// <summary>The number; 1 and 0 for true and false.</summary>
    public decimal Number { get; }

    /// <summary>The text; null for all but texts.</summary>
    public string? Text { get; }

    /// <summary>The instant; a date's midnight in UTC; a time on the first day.</summary>
    public DateTimeOffset At { get; }

    public static FilterValue Of(string? text) => string.IsNullOrEmpty(text) ? Null : new(ValueKind.Text, 0, text, default);

    public static FilterValue Of(decimal number) => new(ValueKind.Number, number, null, default);

    public static FilterValue Of(bool value) => new(ValueKind.Boolean, value ? 1 : 0, null, default);

    public static FilterValue Of(DateTimeOffset? at) => at is { } there ? new(ValueKind.DateTime, 0, null, there) : Null;

    /// <summary>Reads a literal that is no text; null when it is none.</summary>
    public static FilterValue? TryParse(string literal)
    {
        Span<byte> bytes = stackalloc byte[64];
        if (literal.Length > bytes.Length || !Encoding.UTF8.TryGetBytes(literal, bytes, out var length))
        {
            return null;
        }

        foreach (var kind in (ReadOnlySpan<ValueKind>)[ValueKind.Number, ValueKind.DateTime, ValueKind.Date, ValueKind.Time])
        {
            if (Parse(bytes[..length], kind) is { Kind: not ValueKind.Null } value)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Reads an answer of a type; nothing when it is empty or not of that type.</summary>
    public static FilterValue Parse(ReadOnlySpan<byte> answer, ValueKind kind)
    {
        if (kind != ValueKind.Text)
        {
            answer = answer.Trim(" \t\r\n"u8);
        }

        if (answer.IsEmpty)
        {
            return Null;
        }

        return kind switch
        {
            ValueKind.Text => Of(Encoding.UTF8.GetString(answer)),
            ValueKind.Number => ParseNumber(answer),
            ValueKind.Boolean => ParseBoolean(answer),
            ValueKind.Date => ParseDate(answer),
            ValueKind.Time => ParseTime(answer),
            ValueKind.DateTime => ParseInstant(answer),
            _ => Null,
        };
    }

    /// <summary>Compares two values of one kind; a date and an instant by the date's midnight in UTC. Null when they cannot be compared.</summary>
    public static int? Compare(in FilterValue left, in FilterValue right) => (left.Kind, right.Kind) switch
    {
        (ValueKind.Text, ValueKind.Text) => CompareText(left.Text ?? "", right.Text ?? ""),
        (ValueKind.Number, ValueKind.Number) or (ValueKind.Boolean, ValueKind.Boolean) => left.Number.CompareTo(right.Number),
        (ValueKind.Time, ValueKind.Time) => left.At.CompareTo(right.At),
        (ValueKind.Date or ValueKind.DateTime, ValueKind.Date or ValueKind.DateTime) => left.At.CompareTo(right.At),
        _ => null,
    };

    /// <summary>Tells whether <c>left operator right</c> holds. Nothing equals nothing only, and is neither more nor less.</summary>
    public static bool Holds(string comparison, in FilterValue left, in FilterValue right)
    {
        if (left.Kind == ValueKind.Null || right.Kind == ValueKind.Null)
        {
            var bothNull = left.Kind == right.Kind;
            return comparison switch
            {
                "eq" => bothNull,
                "ne" => !bothNull,
                _ => false,
            };
        }

        return IsOrder(comparison, Compare(left, right));
    }

    /// <summary>Tells whether an order is what a comparison asks for.</summary>
    public static bool IsOrder(string comparison, int? order) => comparison switch
    {
        "eq" => order == 0,
        "ne" => order != 0,
        "gt" => order > 0,
        "ge" => order >= 0,
        "lt" => order < 0,
        "le" => order <= 0,
        _ => throw new InvalidOperationException($"There is no comparison {comparison}."),
    };

    // By code points, as the bytes of UTF-8 are ordered.
    private static int CompareText(string left, string right) =>
        Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    private static FilterValue ParseNumber(ReadOnlySpan<byte> text)
    {
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return Of(number);
        }

        // Larger than a decimal holds: kept in order with all others, not among each other.
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var huge) && double.IsFinite(huge)
            ? Of(huge > 0 ? decimal.MaxValue : decimal.MinValue)
            : Null;
    }

    private static FilterValue ParseBoolean(ReadOnlySpan<byte> text) =>
        text.SequenceEqual("true"u8) || text.SequenceEqual("1"u8) ? Of(true)
        : text.SequenceEqual("false"u8) || text.SequenceEqual("0"u8) ? Of(false)
        : Null;

    // Some clients write a date with a time or an offset behind it: the day is what was asked.
    private static FilterValue ParseDate(ReadOnlySpan<byte> text) =>
        IsoTime.TryReadDate(text, out var date, out var rest) && (rest.IsEmpty || rest[0] is (byte)'T' or (byte)'Z' or (byte)'+' or (byte)'-')
            ? new(ValueKind.Date, 0, null, new DateTimeOffset(date, TimeSpan.Zero))
            : Null;

    private static FilterValue ParseTime(ReadOnlySpan<byte> text) =>
        IsoTime.TryReadTime(text, out var time, out var rest) && IsoTime.TryReadOffset(rest, out _)
            ? new(ValueKind.Time, 0, null, new DateTimeOffset(DateTime.MinValue + time, TimeSpan.Zero))
            : Null;

    // Without an offset it is taken for UTC.
    private static FilterValue ParseInstant(ReadOnlySpan<byte> text)
    {
        if (!IsoTime.TryReadDate(text, out var date, out var rest) || rest.IsEmpty || rest[0] is not ((byte)'T' or (byte)' ')
            || !IsoTime.TryReadTime(rest[1..], out var time, out rest) || !IsoTime.TryReadOffset(rest, out var offset))
        {
            return Null;
        }

        var local = date + time;
        return local.Ticks - offset.Ticks is var utc && utc >= DateTime.MinValue.Ticks && utc <= DateTime.MaxValue.Ticks
            ? new(ValueKind.DateTime, 0, null, new DateTimeOffset(local, offset))
            : Null;
    }
}
