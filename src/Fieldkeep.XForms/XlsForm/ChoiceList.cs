namespace Fieldkeep.XForms.XlsForm;

/// <summary>Holds one choice of a list.</summary>
internal sealed class Choice
{
    /// <summary>The spreadsheet row; 0 for a choice the compiler added.</summary>
    public int Row { get; init; }

    /// <summary>The value stored when the choice is taken.</summary>
    public string Name { get; set; } = "";

    /// <summary>The text shown.</summary>
    public LocalText? Label { get; set; }

    /// <summary>Media by kind, in column order.</summary>
    public List<KeyValuePair<string, LocalText>> Media { get; } = [];

    /// <summary>Further columns with a value, used by choice filters.</summary>
    public List<KeyValuePair<string, string>> Extra { get; } = [];
}

/// <summary>Holds the choices of one list in sheet order.</summary>
internal sealed class ChoiceList(string name)
{
    private readonly List<Choice> _choices = [];
    private bool? _needsItext;

    /// <summary>The list's name.</summary>
    public string Name { get; } = name;

    /// <summary>The choices; <see cref="Add"/> to change.</summary>
    public IReadOnlyList<Choice> Choices => _choices;

    /// <summary>True when the texts of the list live in itext: a translation, any media, or a reference.</summary>
    public bool NeedsItext => _needsItext ??= _choices.Exists(choice =>
        choice.Media.Count > 0 || choice.Label is { } label && (label.IsTranslated || label.HasReference));

    /// <summary>The first choice whose name holds a space; null when there is none.</summary>
    public Choice? WithSpace { get; private set; }

    /// <summary>Appends a choice.</summary>
    public void Add(Choice choice)
    {
        _needsItext = null;
        WithSpace ??= choice.Name.Contains(' ', StringComparison.Ordinal) ? choice : null;
        _choices.Add(choice);
    }
}
