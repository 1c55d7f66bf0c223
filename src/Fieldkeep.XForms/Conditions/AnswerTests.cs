using System.Globalization;
using System.Text;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.XForms.Conditions;

/// <summary>Says how the answers to a question are compared.</summary>
internal enum AnswerKind
{
    /// <summary>Text, byte by byte.</summary>
    Text,

    /// <summary>Number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Truth,

    /// <summary>Calendar date.</summary>
    Date,

    /// <summary>Time of day, as the device's clock showed it.</summary>
    Time,

    /// <summary>Instant.</summary>
    Instant,

    /// <summary>One choice.</summary>
    Choice,

    /// <summary>Several choices; each is compared.</summary>
    Choices,

    /// <summary>Points.</summary>
    Place,
}

/// <summary>Makes tests of answers. Where there is no answer, or none of its kind, no comparison holds.</summary>
internal static class AnswerTests
{
    private const NumberStyles Number = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Tells whether nothing was answered: white space is no answer.</summary>
    public static bool IsEmpty(ReadOnlySpan<byte> answer) => !answer.ContainsAnyExcept(" \t\r\n"u8);

    /// <summary>Compares what can be put in order by a number: numbers, dates, times, instants, true and false.</summary>
    public static AnswerTest OfKeys(AnswerKind kind, ConditionOp op, decimal[] values) =>
        answer => TryKey(kind, answer, out var key) && HoldsFor(op, key, values);

    /// <summary>Compares texts.</summary>
    public static AnswerTest OfTexts(ConditionOp op, byte[][] values) => op switch
    {
        ConditionOp.Contains => answer => !IsEmpty(answer) && answer.IndexOf(values[0]) >= 0,
        ConditionOp.StartsWith => answer => !IsEmpty(answer) && answer.StartsWith(values[0]),
        ConditionOp.NotEqual => answer => !IsEmpty(answer) && !answer.SequenceEqual(values[0]),
        ConditionOp.Less => answer => !IsEmpty(answer) && answer.SequenceCompareTo(values[0]) < 0,
        ConditionOp.LessOrEqual => answer => !IsEmpty(answer) && answer.SequenceCompareTo(values[0]) <= 0,
        ConditionOp.Greater => answer => !IsEmpty(answer) && answer.SequenceCompareTo(values[0]) > 0,
        ConditionOp.GreaterOrEqual => answer => !IsEmpty(answer) && answer.SequenceCompareTo(values[0]) >= 0,
        ConditionOp.Between => answer =>
            !IsEmpty(answer) && answer.SequenceCompareTo(values[0]) >= 0 && answer.SequenceCompareTo(values[1]) <= 0,
        _ => answer => IsAmong(answer, values),
    };

    /// <summary>Compares one choice.</summary>
    public static AnswerTest OfChoice(ConditionOp op, byte[][] values) => op == ConditionOp.NotEqual
        ? answer => !IsEmpty(answer) && !answer.Trim(" \t\r\n"u8).SequenceEqual(values[0])
        : answer => IsAmong(answer.Trim(" \t\r\n"u8), values);

    /// <summary>Compares each of several choices.</summary>
    public static AnswerTest OfChoices(ConditionOp op, byte[][] values) => op == ConditionOp.NotEqual
        ? answer => !IsEmpty(answer) && !HasAny(answer, values)
        : answer => HasAny(answer, values);

    /// <summary>Asks whether any point lies inside a polygon or on its edge.</summary>
    public static AnswerTest OfPlace(Polygon polygon) => answer => polygon.HoldsAnyPoint(answer);

    /// <summary>Reads a value as a number that puts it in order among its kind; false when it is none of that kind.</summary>
    public static bool TryKey(AnswerKind kind, ReadOnlySpan<byte> text, out decimal key)
    {
        text = text.Trim(" \t\r\n"u8);
        key = 0;
        switch (kind)
        {
            case AnswerKind.Number:
                return decimal.TryParse(text, Number, CultureInfo.InvariantCulture, out key);
            case AnswerKind.Truth:
                key = text.SequenceEqual("true"u8) || text.SequenceEqual("1"u8) ? 1 : 0;
                return key == 1 || text.SequenceEqual("false"u8) || text.SequenceEqual("0"u8);
            case AnswerKind.Date:
                // Some clients write a time or an offset behind a date: the day is what was asked.
                if (!IsoTime.TryReadDate(text, out var date, out var rest)
                    || !(rest.IsEmpty || rest[0] is (byte)'T' or (byte)'Z' or (byte)'+' or (byte)'-'))
                {
                    return false;
                }

                key = date.Ticks;
                return true;
            case AnswerKind.Time:
                var isTime = IsoTime.TryReadTime(text, out var time, out rest) && IsoTime.TryReadOffset(rest, out _);
                key = time.Ticks;
                return isTime;
            case AnswerKind.Instant:
                return TryInstant(text, out key);
            default:
                return false;
        }
    }

    /// <summary>Tells whether a comparison holds between a key and values.</summary>
    public static bool HoldsFor(ConditionOp op, decimal key, decimal[] values) => op switch
    {
        ConditionOp.Equal or ConditionOp.In => Array.IndexOf(values, key) >= 0,
        ConditionOp.NotEqual => key != values[0],
        ConditionOp.Less => key < values[0],
        ConditionOp.LessOrEqual => key <= values[0],
        ConditionOp.Greater => key > values[0],
        ConditionOp.GreaterOrEqual => key >= values[0],
        ConditionOp.Between => key >= values[0] && key <= values[1],
        _ => throw new InvalidOperationException($"Numbers know no {op}."),
    };

    // Without an offset it is taken for UTC, as filters take it.
    private static bool TryInstant(ReadOnlySpan<byte> text, out decimal key)
    {
        key = 0;
        if (!IsoTime.TryReadDate(text, out var date, out var rest) || rest.IsEmpty || rest[0] is not ((byte)'T' or (byte)' ')
            || !IsoTime.TryReadTime(rest[1..], out var time, out rest) || !IsoTime.TryReadOffset(rest, out var offset))
        {
            return false;
        }

        key = date.Ticks + time.Ticks - offset.Ticks;
        return true;
    }

    private static bool IsAmong(ReadOnlySpan<byte> answer, byte[][] values)
    {
        foreach (var value in values)
        {
            if (answer.SequenceEqual(value))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasAny(ReadOnlySpan<byte> answer, byte[][] values)
    {
        foreach (var part in answer.SplitAny(" \t\r\n"u8))
        {
            if (IsAmong(answer[part], values))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives a text as answers are compared.</summary>
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
