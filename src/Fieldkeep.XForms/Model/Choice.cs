namespace Fieldkeep.XForms.Model;

/// <summary>Names one choice of a list: the value stored in answers and its label by language.</summary>
public sealed record Choice(string Value, FormText Label);

/// <summary>Holds the choices a question offers, in the form's order.</summary>
/// <param name="Id">Id of the secondary instance, or the question's path for choices written inside it.</param>
/// <param name="Choices">Empty when the choices come from a file.</param>
/// <param name="Source">Address of the file the choices come from, such as <c>jr://file-csv/x.csv</c>; else null.</param>
public sealed record ChoiceList(string Id, IReadOnlyList<Choice> Choices, string? Source)
{
    private readonly Dictionary<string, Choice> _byValue = ByValue(Choices);

    /// <summary>Finds the choice of a value; of two with one value, the first.</summary>
    public Choice? Find(string value) => _byValue.GetValueOrDefault(value);

    private static Dictionary<string, Choice> ByValue(IReadOnlyList<Choice> choices)
    {
        var byValue = new Dictionary<string, Choice>(choices.Count, StringComparer.Ordinal);
        foreach (var choice in choices)
        {
            byValue.TryAdd(choice.Value, choice);
        }

        return byValue;
    }
}
