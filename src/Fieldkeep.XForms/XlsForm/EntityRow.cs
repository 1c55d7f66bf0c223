namespace Fieldkeep.XForms.XlsForm;

/// <summary>Holds one row of the entities sheet: what a submission does to an entity list.</summary>
/// <param name="Row">The spreadsheet row.</param>
/// <param name="List">Name of the entity list.</param>
internal sealed record EntityRow(int Row, string List)
{
    /// <summary>Expression for the id of the entity to update; null when entities are created.</summary>
    public string? EntityId { get; init; }

    /// <summary>Condition for creating; null when always.</summary>
    public string? CreateIf { get; init; }

    /// <summary>Condition for updating; null when always.</summary>
    public string? UpdateIf { get; init; }

    /// <summary>Expression for the label; null when updates leave it alone.</summary>
    public string? Label { get; init; }

    /// <summary>True when the submission may create an entity.</summary>
    public bool Creates => EntityId is null || CreateIf is not null;

    /// <summary>True when the submission may update an entity.</summary>
    public bool Updates => EntityId is not null;

    /// <summary>The expressions that may name questions.</summary>
    public IEnumerable<string> Expressions
    {
        get
        {
            foreach (var expression in (string?[])[EntityId, CreateIf, UpdateIf, Label])
            {
                if (expression is not null)
                {
                    yield return expression;
                }
            }
        }
    }
}
