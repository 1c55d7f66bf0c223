using System.Globalization;
using System.Text;

namespace Fieldkeep.XForms.Tables;

/// <summary>One part of a variable as it lies in the file: SPSS keeps texts over 255 bytes in several.</summary>
/// <param name="ShortName">Name of at most 8 letters.</param>
/// <param name="Width">Width it is declared with; 0 for a number.</param>
/// <param name="UsedBytes">Bytes of the text in it; the rest is spaces.</param>
internal sealed record SavSegment(string ShortName, int Width, int UsedBytes)
{
    /// <summary>Units of 8 bytes it takes in each row.</summary>
    public int Units => Width == 0 ? 1 : (Width + 7) / 8;
}

/// <summary>A variable of an SPSS file.</summary>
/// <param name="Width">Bytes of its longest text; 0 for a number.</param>
/// <param name="ValueLabels">Labels of its values.</param>
internal sealed record SavVariable(
    string Name, string Label, CellKind Kind, int Width, IReadOnlyList<SavSegment> Segments, IReadOnlyList<(string Value, string Label)> ValueLabels)
{
    // PSPP developer's guide, "Very Long String Record": parts are 252 bytes apart and hold 255.
    private const int SegmentStep = 252;
    private const int SegmentBytes = 255;

    /// <summary>Whether it holds numbers.</summary>
    public bool IsNumber => Width == 0;

    /// <summary>Type, width and decimals of its display: the codes of SPSS formats.</summary>
    public (int Type, int Width, int Decimals) Format => (IsNumber, Kind) switch
    {
        (false, _) => (1, Math.Min(Width, SegmentBytes), 0),
        (_, CellKind.Date) => (39, 10, 0),
        (_, CellKind.Time) => (21, 8, 0),
        (_, CellKind.DateTime) => (22, 20, 0),
        (_, CellKind.Decimal) => (5, 16, 6),
        (_, CellKind.Flag) => (5, 1, 0),
        _ => (5, 15, 0),
    };

    /// <summary>1 for names, 3 for measures.</summary>
    public int Measure => IsNumber && Kind is not (CellKind.Text or CellKind.Flag) ? 3 : 1;

    /// <summary>Decides a variable by what was seen in its column.</summary>
    /// <param name="firstSegment">Counts the parts of the variables before it.</param>
    public static SavVariable Of(string name, FlatColumn column, bool isNumber, int widest, int firstSegment, string? language)
    {
        var choices = (column.Choices ?? []).DistinctBy(choice => choice.Value)
            .Select(choice => (choice.Value, Label: choice.Label.Find(language) ?? choice.Value))
            .Where(choice => choice.Value.Length > 0 && Encoding.UTF8.GetByteCount(choice.Value) <= SegmentBytes)
            .ToList();
        var longest = choices.Select(choice => Encoding.UTF8.GetByteCount(choice.Value)).DefaultIfEmpty(1).Max();
        var width = isNumber ? 0 : Math.Max(widest, longest);
        return new SavVariable(name, column.Label, column.Kind, width, SegmentsOf(width, firstSegment), choices);
    }

    private static IReadOnlyList<SavSegment> SegmentsOf(int width, int first)
    {
        if (width <= SegmentBytes)
        {
            return [new SavSegment(ShortName(first), width, width)];
        }

        var count = (width + SegmentStep - 1) / SegmentStep;
        return
        [
            .. Enumerable.Range(0, count).Select(at => at < count - 1
                ? new SavSegment(ShortName(first + at), SegmentBytes, SegmentBytes)
                : new SavSegment(ShortName(first + at), width - (SegmentStep * at), Math.Max(0, width - (SegmentBytes * at)))),
        ];
    }

    private static string ShortName(int number) => string.Create(CultureInfo.InvariantCulture, $"V{number + 1}");
}
