namespace Fieldkeep.XForms.Tables;

/// <summary>Turns the text of cells into numbers as SPSS keeps them.</summary>
internal static class SavValue
{
    // SPSS counts seconds from the first day of the Gregorian calendar.
    private static readonly DateTime Epoch = new(1582, 10, 14, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>Reads a number, date or time; false when the text is anything else and would lose something.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, CellKind kind, out double number)
    {
        switch (kind)
        {
            case CellKind.Decimal:
                return TypedAnswer.TryNumber(text, out number);
            case CellKind.Date when TypedAnswer.TryDate(text, out var date) && date.ToDateTime(TimeOnly.MinValue) > Epoch:
                number = (date.ToDateTime(TimeOnly.MinValue) - Epoch).TotalSeconds;
                return true;
            case CellKind.Time when TypedAnswer.TryTime(text, out var time):
                number = time.TotalSeconds;
                return true;
            case CellKind.DateTime when TypedAnswer.TryDateTime(text, out var moment) && moment > Epoch:
                number = (moment - Epoch).TotalSeconds;
                return true;
            case CellKind.Integer or CellKind.Flag or CellKind.Text when IsInteger(text):
                return TypedAnswer.TryNumber(text, out number);
            default:
                number = 0;
                return false;
        }
    }

    /// <summary>Says whether a text is a whole number that reads back the same.</summary>
    public static bool IsInteger(ReadOnlySpan<byte> text) =>
        TypedAnswer.IsNumber(text) && !text.ContainsAny(".eE"u8) && !text.SequenceEqual("-0"u8);
}
