using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Tables;

/// <summary>One column of a <see cref="FormTable"/>: a question, or the place where the rows of a repeat belong.</summary>
/// <param name="Index">Position in its table.</param>
/// <param name="Path">Names below the root, such as <c>/household/size</c>; the same in every version of the form.</param>
/// <param name="Names">The same names one by one, counted from the table's own repeat or from the root.</param>
/// <param name="Question">The question as the newest version that has it asks it; null for a repeat.</param>
/// <param name="Choices">Its choices; null when it has none or they come from a file.</param>
/// <param name="Repeat">The table of the repeat; null for a question.</param>
public sealed record FormColumn(
    int Index, string Path, IReadOnlyList<string> Names, QuestionElement? Question, ChoiceList? Choices, FormTable? Repeat)
{
    /// <summary>Own name, without groups.</summary>
    public string Name => Names[^1];
}

/// <summary>Describes the table of a form's submissions, or of one of its repeats.</summary>
public sealed class FormTable
{
    private readonly List<FormColumn> _columns = [];
    private readonly List<FormTable> _repeats = [];

    internal FormTable(int index, FormElement element, string path, IReadOnlyList<string> names, FormTable? parent)
    {
        Index = index;
        Element = element;
        Path = path;
        Parent = parent;
        RepeatIndex = parent?._repeats.Count ?? 0;
        KeyStep = System.Text.Encoding.UTF8.GetBytes(string.Concat(names.Select(name => "/" + name)));
        parent?._repeats.Add(this);
    }

    /// <summary>Position in <see cref="FormTables.Tables"/>; the table of the submissions is 0.</summary>
    public int Index { get; }

    /// <summary>The repeat, or the form's root, in the newest version that has it.</summary>
    public FormElement Element { get; }

    /// <summary>Names below the root, such as <c>/household/member</c>; empty for the submissions.</summary>
    public string Path { get; }

    /// <summary>The table its rows belong to; null for the submissions.</summary>
    public FormTable? Parent { get; }

    /// <summary>What makes its name unlike those of other repeats: <c>member</c>, or <c>member~2</c> for the second of that name.</summary>
    public string Name { get; internal set; } = "";

    /// <summary>Columns in the order of the form.</summary>
    public IReadOnlyList<FormColumn> Columns => _columns;

    /// <summary>Number of repeats directly in it.</summary>
    internal int RepeatCount => _repeats.Count;

    /// <summary>Position among the repeats of its parent.</summary>
    internal int RepeatIndex { get; }

    /// <summary>What a row's key adds to that of its parent's row, without the number in brackets.</summary>
    internal byte[] KeyStep { get; }

    internal int Add(string path, IReadOnlyList<string> names, QuestionElement? question, ChoiceList? choices, FormTable? repeat)
    {
        _columns.Add(new FormColumn(_columns.Count, path, names, question, choices, repeat));
        return _columns.Count - 1;
    }
}
