namespace Fieldkeep.XForms.Tables;

/// <summary>Says how answers become columns, in every format that has columns.</summary>
/// <param name="GroupPaths">Whether a name has its groups in front: <c>household-size</c>.</param>
/// <param name="SplitSelectMultiples">Whether each choice of a select multiple has a column of 1 and 0 beside it.</param>
public sealed record ColumnOptions(bool GroupPaths, bool SplitSelectMultiples)
{
    /// <summary>Whether answers to questions with choices are shown by the choices' labels.</summary>
    public bool Labels { get; init; }

    /// <summary>Whether columns are headed by the questions' labels instead of their names.</summary>
    public bool LabelHeadings { get; init; }

    /// <summary>The language of labels as the form spells it; null for the form's default.</summary>
    public string? Language { get; init; }

    /// <summary>
    /// What is wanted: paths of questions, groups and repeats such as <c>/household/size</c>, and names of the columns that
    /// every submission has, such as <c>SubmissionDate</c>. Null for everything. Keys are always there.
    /// </summary>
    public IReadOnlySet<string>? Chosen { get; init; }

    /// <summary>Says whether the question or repeat at a path is wanted.</summary>
    internal bool HasPath(string path)
    {
        if (Chosen is null)
        {
            return true;
        }

        for (var end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
        {
            if (Chosen.Contains(path[..end]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Says whether a column that every submission has is wanted.</summary>
    internal bool HasFact(string name) => Chosen is null || Chosen.Contains(name);
}
