using Fieldkeep.XForms.XlsForm;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Says where the items of an itemset come from.</summary>
internal enum ItemsetSource
{
    /// <summary>An instance of the form: a choice list, or one that is declared elsewhere.</summary>
    Instance,

    /// <summary>An attached file.</summary>
    File,

    /// <summary>The answers of a question inside a repeat.</summary>
    RepeatAnswers,

    /// <summary>The repetitions of a repeat, as map features.</summary>
    RepeatFeatures,

    /// <summary>The rows of itemsets.csv.</summary>
    External,

    /// <summary>A choice list filled by <c>search()</c>: its choices stand inline.</summary>
    Search,
}

/// <summary>Describes the items offered by a question.</summary>
/// <param name="Source">Where items come from.</param>
/// <param name="Name">Name of the list, of the file with its extension, or a reference.</param>
internal sealed record Itemset(ItemsetSource Source, string Name)
{
    /// <summary>The choice list; null when the items are not in the workbook.</summary>
    public ChoiceList? List { get; init; }

    /// <summary>The choice filter as written; null when absent.</summary>
    public string? Filter { get; init; }

    /// <summary>Name of the item's element that holds the value.</summary>
    public string ValueRef { get; init; } = "name";

    /// <summary>Name of the item's element that holds the label.</summary>
    public string LabelRef { get; init; } = "label";

    /// <summary>True when items are shown in random order.</summary>
    public bool IsRandom { get; init; }

    /// <summary>The seed of the random order: a number or a reference; null when absent.</summary>
    public string? Seed { get; init; }
}
