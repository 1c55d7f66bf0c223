using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Checks the save_to column and files its cells under their entity list.</summary>
internal sealed class CheckSaveTo(TreeContext context, IReadOnlyList<EntityRow> entities)
{
    private readonly Dictionary<string, List<SaveTo>> _byList = new(StringComparer.Ordinal);
    private readonly Dictionary<(string List, string Property), int> _properties = [];

    /// <summary>Checks all cells; the result holds the usable ones by entity list.</summary>
    public IReadOnlyDictionary<string, List<SaveTo>> Run(IReadOnlyList<SaveTo> saveTos)
    {
        foreach (var saveTo in saveTos)
        {
            Check(saveTo);
        }

        return _byList;
    }

    private void Check(SaveTo saveTo)
    {
        var parts = saveTo.Text.Split('#');
        if (entities.Count == 0)
        {
            Error(
                saveTo,
                DiagnosticCode.SaveToWithoutEntities,
                "save_to needs an entities sheet that declares an entity list. Add one or empty the column.");
            return;
        }

        if (parts.Length > 2)
        {
            Error(
                saveTo,
                DiagnosticCode.SaveToManyDelimiters,
                $"The save_to “{saveTo.Text}” has more than one #. Write list#property.");
            return;
        }

        if (parts.Length == 1 && entities.Count > 1)
        {
            Error(
                saveTo,
                DiagnosticCode.SaveToNeedsList,
                $"The form declares several entity lists. Write which one “{saveTo.Text}” belongs to: list#{saveTo.Text}.");
            return;
        }

        var list = parts.Length == 2 ? parts[0] : entities[0].List;
        if (!entities.Any(entity => entity.List == list))
        {
            Error(
                saveTo,
                DiagnosticCode.SaveToListUnknown,
                $"The entity list “{list}” is not declared on the entities sheet. Declare it or correct the name.",
                context.Nearest(list, entities.Select(entity => entity.List)));
            return;
        }

        if (CheckProperty(saveTo, list, parts[^1]))
        {
            if (!_byList.TryGetValue(list, out var saves))
            {
                _byList.Add(list, saves = []);
            }

            saves.Add(saveTo);
        }
    }

    private bool CheckProperty(SaveTo saveTo, string list, string property)
    {
        var (code, message) = property switch
        {
            _ when saveTo.IsOnContainer => (
                DiagnosticCode.SaveToOnGroup,
                "A group or repeat cannot be saved as a property. Move save_to to a question."),
            _ when property.Equals("name", StringComparison.OrdinalIgnoreCase)
                || property.Equals("label", StringComparison.OrdinalIgnoreCase) => (
                DiagnosticCode.EntityPropertyReserved,
                $"The property name “{property}” is reserved. Choose another; labels are set on the entities sheet."),
            _ when property.StartsWith("__", StringComparison.Ordinal) => (
                DiagnosticCode.EntityNameReservedPrefix,
                $"The property name “{property}” starts with two underscores, which is reserved. Choose another."),
            _ when !XmlNames.IsName(property) => (
                DiagnosticCode.InvalidName,
                $"The property name “{property}” is no XML name. Start it with a letter or _ and use only letters, " +
                "digits, _, - and . after that."),
            _ when !_properties.TryAdd((list, property), saveTo.Row.Number) => (
                DiagnosticCode.PropertySavedTwice,
                $"The property “{property}” is saved in row {_properties[(list, property)]} already. Rename one of them."),
            _ => ("", ""),
        };
        if (code.Length > 0)
        {
            Error(saveTo, code, message);
        }

        return code.Length == 0;
    }

    private void Error(SaveTo saveTo, string code, string message, string? suggestion = null) =>
        context.Error(code, saveTo.Row.Number, "bind::entities:saveto", message, suggestion);
}
