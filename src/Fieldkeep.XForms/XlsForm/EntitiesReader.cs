using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.XlsForm;

/// <summary>Reads and checks the entities sheet.</summary>
internal static class EntitiesReader
{
    private static readonly string[] Known = ["dataset", "entity_id", "create_if", "update_if", "repeat", "label"];

    /// <summary>Reads all declarations; those with a fault are reported and kept, so that save_to finds them.</summary>
    public static List<EntityRow> Read(SheetTable? table, DiagnosticList diagnostics)
    {
        var entities = new List<EntityRow>();
        if (table is null)
        {
            return entities;
        }

        CheckColumns(table, diagnostics);
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var row in table.Rows)
        {
            var values = XlsFormDocument.ByRoot(table, row);
            if (values.Count == 0)
            {
                continue;
            }

            var entity = new EntityRow(row.Number, values.GetValueOrDefault("dataset", ""))
            {
                EntityId = values.GetValueOrDefault("entity_id"),
                CreateIf = values.GetValueOrDefault("create_if"),
                UpdateIf = values.GetValueOrDefault("update_if"),
                Label = values.GetValueOrDefault("label"),
            };
            CheckName(table, entity, names, diagnostics);
            CheckMode(table, entity, diagnostics);
            entities.Add(entity);
        }

        return entities;
    }

    private static void CheckColumns(SheetTable table, DiagnosticList diagnostics)
    {
        foreach (var column in table.Columns)
        {
            if (column.Path.Length > 1 || !Known.Contains(column.Root, StringComparer.Ordinal))
            {
                diagnostics.Error(
                    DiagnosticCode.EntitiesHeaderUnknown,
                    $"The entities sheet has no column “{column.Header}”. Remove it or correct its name.",
                    table.At(1, column.Header),
                    Spelling.Nearest(column.Header, [.. Known, "list_name"]));
            }
        }
    }

    private static void CheckName(
        SheetTable table, EntityRow entity, Dictionary<string, int> names, DiagnosticList diagnostics)
    {
        var (code, message) = entity.List switch
        {
            "" => (DiagnosticCode.EntityListNameMissing, "The entity list has no name. Write one in “list_name”."),
            var name when name.StartsWith("__", StringComparison.Ordinal) => (
                DiagnosticCode.EntityNameReservedPrefix,
                $"The entity list “{name}” starts with two underscores, which is reserved. Choose another name."),
            var name when name.Contains('.', StringComparison.Ordinal) => (
                DiagnosticCode.EntityListNamePeriod,
                $"The entity list “{name}” has a period in its name. Use _ instead."),
            var name when !XmlNames.IsName(name) => (
                DiagnosticCode.InvalidName,
                $"The entity list “{name}” is no XML name. Start it with a letter or _ and use only letters, digits, _ " +
                "and - after that."),
            var name when names.TryGetValue(name, out var first) => (
                DiagnosticCode.DuplicateEntityList,
                $"The entity list “{name}” is declared in row {first} already. Keep one of the rows."),
            _ => ("", ""),
        };
        names.TryAdd(entity.List, entity.Row);
        if (code.Length > 0)
        {
            diagnostics.Error(code, message, table.At(entity.Row, "dataset"));
        }
    }

    private static void CheckMode(SheetTable table, EntityRow entity, DiagnosticList diagnostics)
    {
        if (entity is { EntityId: not null, CreateIf: not null, UpdateIf: null })
        {
            diagnostics.Error(
                DiagnosticCode.EntityUpsertIncomplete,
                $"The entity list “{entity.List}” has entity_id and create_if, so it needs update_if too. Write when to update.",
                table.At(entity.Row, "update_if"));
        }
        else if (entity is { EntityId: null, UpdateIf: not null })
        {
            diagnostics.Error(
                DiagnosticCode.EntityUpdateWithoutId,
                $"The entity list “{entity.List}” has update_if but no entity_id. Write which entity to update.",
                table.At(entity.Row, "entity_id"));
        }
        else if (entity is { EntityId: null, Label: null })
        {
            diagnostics.Error(
                DiagnosticCode.EntityLabelMissing,
                $"The entity list “{entity.List}” creates entities without a label. Write an expression in “label”.",
                table.At(entity.Row, "label"));
        }
    }
}
