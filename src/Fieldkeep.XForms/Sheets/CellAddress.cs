namespace Fieldkeep.XForms.Sheets;

/// <summary>Writes cell addresses as spreadsheet programs show them.</summary>
public static class CellAddress
{
    private const int Letters = 26;

    /// <summary>Gives the address of a cell, such as <c>D7</c>.</summary>
    /// <param name="column">The column counted from 0: 0 is A, 26 is AA.</param>
    /// <param name="row">The row counted from 1.</param>
    public static string Of(int column, int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(column);
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{LettersOf(column)}{row}");
    }

    /// <summary>Gives the letters of a column counted from 0.</summary>
    internal static string LettersOf(int column)
    {
        var letters = "";
        for (var rest = column; rest >= 0; rest = (rest / Letters) - 1)
        {
            letters = (char)('A' + (rest % Letters)) + letters;
        }

        return letters;
    }
}
