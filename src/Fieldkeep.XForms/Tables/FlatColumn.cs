using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Tables;

/// <summary>One column of a <see cref="FlatTable"/>.</summary>
/// <param name="Heading">Name, unlike that of every other column of the table.</param>
/// <param name="Label">What it means in words.</param>
/// <param name="Kind">What its cells are meant to hold.</param>
public sealed record FlatColumn(string Heading, string Label, CellKind Kind)
{
    /// <summary>The choices its cells name, one each; null when they name none or the choices are not known.</summary>
    public IReadOnlyList<Choice>? Choices { get; init; }

    /// <summary>The question; null for what every row has.</summary>
    public FormColumn? Source { get; init; }
}
