namespace Fieldkeep.XForms.Tables;

/// <summary>The tables of an export to SPSS with what all cores saw in them.</summary>
public sealed class SavTables(IReadOnlyList<FlatTable?> flat, string? language)
{
    private readonly Lock _gate = new();
    private readonly SavMeasure?[] _seen = [.. flat.Select(table => table is null ? null : new SavMeasure(table))];

    /// <summary>The tables by index; null for those that are not wanted.</summary>
    public IReadOnlyList<FlatTable?> Flat => flat;

    /// <summary>Counts the rows of a table.</summary>
    public long RowsOf(int table) => _seen[table]?.Rows ?? 0;

    /// <summary>Decides the variables of a table, once every row was seen.</summary>
    internal IReadOnlyList<SavVariable> VariablesOf(int table)
    {
        if (flat[table] is not { } wanted || _seen[table] is not { } seen)
        {
            throw new InvalidOperationException("The table is not wanted.");
        }

        var names = SavNames.Of([.. wanted.Columns.Select(column => column.Heading)]);
        var segments = 0;
        var variables = new List<SavVariable>(names.Count);
        for (var column = 0; column < names.Count; column++)
        {
            var variable = SavVariable.Of(names[column], wanted.Columns[column], seen.AreNumbers[column], seen.Widths[column], segments, language);
            segments += variable.Segments.Count;
            variables.Add(variable);
        }

        return variables;
    }

    internal void Add(IReadOnlyList<SavMeasure?> seen)
    {
        lock (_gate)
        {
            for (var table = 0; table < _seen.Length; table++)
            {
                if (seen[table] is { } other)
                {
                    _seen[table]?.Add(other);
                }
            }
        }
    }
}
