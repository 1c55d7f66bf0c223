using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Tables;

/// <summary>What was seen in the cells of one table: SPSS wants widths and types before the first row.</summary>
internal sealed class SavMeasure
{
    private readonly FlatTable _table;
    private readonly bool[] _mayBeNumber;

    public SavMeasure(FlatTable table)
    {
        _table = table;
        Widths = new int[table.Columns.Count];
        AreNumbers = [.. table.Columns.Select(column =>
            column.Choices is { Count: > 0 } choices ? AreIntegers(choices) : column.Kind != CellKind.Text)];
        _mayBeNumber = [.. AreNumbers];
    }

    /// <summary>Bytes of the longest text of each column.</summary>
    public int[] Widths { get; }

    /// <summary>Whether everything seen in a column was what its kind says, so that nothing is lost as a number.</summary>
    public bool[] AreNumbers { get; }

    /// <summary>Rows seen.</summary>
    public long Rows { get; set; }

    /// <summary>Looks at a cell.</summary>
    public void Add(int column, ReadOnlySpan<byte> text)
    {
        if (text.Length > Widths[column])
        {
            Widths[column] = text.Length;
        }

        if (AreNumbers[column] && !text.IsEmpty && !SavValue.TryNumber(text, _table.Columns[column].Kind, out _))
        {
            AreNumbers[column] = false;
        }
    }

    /// <summary>Adds what another core saw.</summary>
    public void Add(SavMeasure other)
    {
        Rows += other.Rows;
        for (var column = 0; column < Widths.Length; column++)
        {
            Widths[column] = Math.Max(Widths[column], other.Widths[column]);
            AreNumbers[column] = _mayBeNumber[column] && AreNumbers[column] && other.AreNumbers[column];
        }
    }

    // Whatever the question asks for: a choice that is no number needs its label, too.
    private static bool AreIntegers(IReadOnlyList<Choice> choices) =>
        choices.All(choice => SavValue.IsInteger(System.Text.Encoding.UTF8.GetBytes(choice.Value)));
}
