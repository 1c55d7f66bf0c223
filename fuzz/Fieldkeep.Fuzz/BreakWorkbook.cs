using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.Fuzz;

/// <summary>Breaks a workbook as hands and programs do: words in wrong places, lost rows, lost headers, cells of megabytes.</summary>
internal static class BreakWorkbook
{
    private static readonly int[] HugeSizes = [1_000, 20_000, 200_000];

    /// <summary>Makes one change.</summary>
    public static Workbook Once(Workbook workbook, Dice dice)
    {
        if (workbook.Sheets.Count == 0)
        {
            return workbook;
        }

        var sheets = workbook.Sheets.ToList();

        // Most of what can break is in the survey, the first sheet.
        var at = dice.Once(2) ? 0 : dice.Next(sheets.Count);
        var sheet = sheets[at];
        switch (dice.Next(24))
        {
            case 0:
                sheets[at] = sheet with { Header = Replace(sheet.Header, dice) };
                break;
            case 1:
                sheets[at] = sheet with { Name = dice.Once(2) ? sheet.Name.ToUpperInvariant() : dice.Of(SomeWords.Odd) };
                break;
            case 2 when dice.Once(4):
                sheets[at] = sheet with { Rows = [] };
                break;
            case 3 or 4:
                sheets[at] = sheet with { Rows = [.. sheet.Rows.Where(_ => !dice.Once(8))] };
                break;
            case 5:
                sheets[at] = sheet with { Rows = [.. sheet.Rows, .. sheet.Rows.Where(_ => dice.Once(3))] };
                break;
            case 6 when dice.Once(4):
                sheets[at] = sheet with { Header = [] };
                break;
            case 7 when dice.Once(4):
                sheets.RemoveAt(at);
                break;
            case 8 when dice.Once(4):
                sheets.Add(sheet);
                break;
            case 9:
                sheets[at] = sheet with { Header = [.. sheet.Header, dice.Of(sheet.Header.Count > 0 ? sheet.Header : ["x"])] };
                break;
            case 10:
                sheets[at] = Swap(sheet, dice);
                break;
            case 11:
                sheets[at] = SetCell(sheet, dice, 0, dice.Of(SomeWords.Foreign));
                break;
            case 12 when dice.Once(6):
                sheets[at] = SetCell(sheet, dice, null, Huge(dice));
                break;
            case 13:
                sheets[at] = SetCell(sheet, dice, null, string.Concat(Enumerable.Range(0, 1 + dice.Next(6)).Select(_ => dice.Of(SomeWords.Odd))));
                break;
            default:
                sheets[at] = SetCell(sheet, dice, null, dice.Once(6) ? null : dice.Of(SomeWords.Odd));
                break;
        }

        return new Workbook(sheets);
    }

    private static string Huge(Dice dice)
    {
        var word = dice.Of(SomeWords.Odd);
        return string.Concat(Enumerable.Repeat(word, Math.Max(1, dice.Of(HugeSizes) / Math.Max(1, word.Length))));
    }

    private static Sheet Swap(Sheet sheet, Dice dice)
    {
        var rows = sheet.Rows.ToList();
        if (rows.Count > 1)
        {
            var (one, other) = (dice.Next(rows.Count), dice.Next(rows.Count));
            (rows[one], rows[other]) = (rows[one] with { Cells = rows[other].Cells }, rows[other] with { Cells = rows[one].Cells });
        }

        return sheet with { Rows = rows };
    }

    private static Sheet SetCell(Sheet sheet, Dice dice, int? column, string? value)
    {
        var rows = sheet.Rows.ToList();
        if (rows.Count > 0)
        {
            var row = dice.Next(rows.Count);
            var cells = rows[row].Cells.ToArray();
            if (cells.Length > 0)
            {
                cells[column ?? dice.Next(cells.Length)] = value;
            }

            // Text formats keep cells right of the header.
            rows[row] = rows[row] with { Cells = dice.Once(60) ? [.. cells, value] : cells };
        }

        return sheet with { Rows = rows };
    }

    private static List<string?> Replace(IReadOnlyList<string?> cells, Dice dice)
    {
        var changed = cells.ToList();
        if (changed.Count > 0)
        {
            changed[dice.Next(changed.Count)] = dice.Once(6) ? null : dice.Of(SomeWords.Odd);
        }

        return changed;
    }
}
