namespace Fieldkeep.XForms.Tables;

/// <summary>Makes the headings of a table unlike each other: statistics programs merge or refuse columns of one name.</summary>
internal static class FlatHeadings
{
    /// <summary>Ends what is there already with <c>~2</c>, <c>~3</c>…; what every submission has keeps its name.</summary>
    public static IReadOnlyList<FlatColumn> MakeUnique(IReadOnlyList<FlatColumn> columns, Func<int, bool> isFact)
    {
        var taken = columns.Where((_, at) => isFact(at)).Select(column => column.Heading).ToHashSet(StringComparer.Ordinal);

        // A name as it stands goes before one that was made: a question called a~2 keeps its name beside two called a.
        var all = columns.Select(column => column.Heading).ToHashSet(StringComparer.Ordinal);
        var next = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. columns.Select((column, at) => isFact(at) || taken.Add(column.Heading) ? column : Numbered(column))];

        FlatColumn Numbered(FlatColumn column)
        {
            var number = next.GetValueOrDefault(column.Heading, 2);
            while (all.Contains($"{column.Heading}~{number}") || !taken.Add($"{column.Heading}~{number}"))
            {
                number++;
            }

            next[column.Heading] = number + 1;
            return column with { Heading = $"{column.Heading}~{number}" };
        }
    }
}
