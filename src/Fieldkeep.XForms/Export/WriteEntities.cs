using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.Export;

/// <summary>Writes the entities sheet: one row for each declaration.</summary>
internal sealed class WriteEntities(ExportContext context)
{
    private readonly SheetDraft _entities = new("entities", "list_name", "entity_id", "create_if", "update_if", "label");

    /// <summary>Writes the sheet; it has no rows when the form declares no entities.</summary>
    public SheetDraft Run()
    {
        foreach (var node in context.Tree.Root.SelfAndDescendants().Where(node => node.Kind == NodeKind.Entity))
        {
            Write(node);
        }

        return _entities;
    }

    private void Write(NodeDraft entity)
    {
        var element = entity.Elements[0];
        _entities.AddRow();
        _entities.Set("list_name", element.Attribute("dataset"));
        var updates = element.Attribute("update") is not null;
        var creates = element.Attribute("create") is not null;
        _entities.Set("entity_id", updates ? Calculation(entity, "id") : null);
        _entities.Set("create_if", Calculation(entity, "create"));
        _entities.Set("update_if", Calculation(entity, "update"));
        if (entity.Children.Find(child => child.Name == "label") is { } label)
        {
            _entities.Set("label", label.BindValue("calculate") is { } text ? context.Names.Expression(text, ExpressionPlace.Of(label)) : null);
        }

        if (creates && updates && (Calculation(entity, "create") is null || Calculation(entity, "update") is null))
        {
            context.Lose(
                DiagnosticCode.ExportElementLost,
                element,
                $"The form both creates and updates {element.Attribute("dataset")} without saying when; a workbook needs create_if and update_if.");
        }

        if (!updates && Calculation(entity, "id") is { } id)
        {
            context.Lose(DiagnosticCode.ExportAttributeLost, element, $"The id of new entities of {element.Attribute("dataset")} is {id}; made from a workbook the device gives it.");
        }
    }

    private string? Calculation(NodeDraft entity, string attribute) =>
        context.Tree.AttributeBind(entity, attribute)?.Attribute("calculate") is { } expression
            ? context.Names.Expression(expression, ExpressionPlace.Of(entity, attribute))
            : null;
}
