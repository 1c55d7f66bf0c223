using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.Xml;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Finds where the options of a select come from.</summary>
internal sealed class FindOptions(TreeContext context)
{
    private static readonly string[] Extensions = [".csv", ".xml", ".geojson"];
    private readonly HashSet<string> _multiples = new(StringComparer.Ordinal);

    /// <summary>Finds the options; null when they are missing, which is reported.</summary>
    public Itemset? Run(SurveyRow row, SelectCommand select, FormNode node, Parameters parameters)
    {
        var isSearch = node.ControlValue("appearance")?.Contains("search(", StringComparison.Ordinal) == true;
        var extension = System.IO.Path.GetExtension(select.List);
        var itemset = select.Kind == SelectKind.External
            ? FindExternal(row, select)
            : select.IsFromFile || Extensions.Contains(extension, StringComparer.Ordinal)
                ? FindFile(row, select, parameters, extension, isSearch)
                : Reference.IsIn(select.List)
                    ? new Itemset(ItemsetSource.RepeatAnswers, select.List)
                    : FindList(row, select, isSearch);
        return itemset is null
            ? null
            : itemset with
            {
                Filter = row.Value("choice_filter"),
                IsRandom = parameters["randomize"] == "true",
                Seed = parameters["seed"],
            };
    }

    private Itemset? FindExternal(SurveyRow row, SelectCommand select)
    {
        if (row.Value("choice_filter") is null)
        {
            context.Warning(
                DiagnosticCode.ExternalWithoutFilter,
                row.Number,
                "choice_filter",
                $"The select_one_external “{row.Name}” has no choice_filter. A normal select_one does the same then.");
        }

        var document = context.Document;
        if (document.ExternalTable is null || document.ExternalLists.Count == 0)
        {
            ReportMissingSheet(row, "external_choices", DiagnosticCode.ExternalChoicesSheetMissing);
            return null;
        }

        if (!document.ExternalLists.Contains(select.List))
        {
            context.Error(
                DiagnosticCode.ListNotInExternalChoices,
                row.Number,
                "type",
                $"The list “{select.List}” is not on the sheet external_choices. Add it there or correct the name.",
                context.Nearest(select.List, document.ExternalLists));
            return null;
        }

        return new Itemset(ItemsetSource.External, select.List);
    }

    private Itemset? FindFile(
        SurveyRow row, SelectCommand select, Parameters parameters, string extension, bool isSearch)
    {
        if (select.IsFromFile
            && (!Extensions.Contains(extension, StringComparer.Ordinal) || select.List.Count(c => c == '.') != 1))
        {
            context.Error(
                DiagnosticCode.FileExtension,
                row.Number,
                "type",
                $"The file “{select.List}” must end in {string.Join(", ", Extensions[..^1])} or {Extensions[^1]} and have no other dot.");
            return null;
        }

        if (isSearch)
        {
            context.Error(
                DiagnosticCode.SearchWithFile,
                row.Number,
                "control::appearance",
                $"The select “{row.Name}” takes its choices from a file and searches. Remove search(), or use a list.");
            return null;
        }

        CheckRef(row, parameters, "value");
        CheckRef(row, parameters, "label");
        var isGeoJson = extension == ".geojson";
        return new Itemset(ItemsetSource.File, select.List)
        {
            ValueRef = parameters["value"] ?? (isGeoJson ? "id" : "name"),
            LabelRef = parameters["label"] ?? (isGeoJson ? "title" : "label"),
        };
    }

    private void CheckRef(SurveyRow row, Parameters parameters, string key)
    {
        if (parameters[key] is { } name && !XmlNames.IsName(name))
        {
            context.Error(
                DiagnosticCode.InvalidName,
                row.Number,
                "parameters",
                $"The parameter {key} is “{name}”, which names no column. Start it with a letter or _ and use only " +
                "letters, digits, _, - and . after that.");
        }
    }

    private Itemset? FindList(SurveyRow row, SelectCommand select, bool isSearch)
    {
        var document = context.Document;
        if (document.Lists.Count == 0)
        {
            ReportMissingSheet(row, "choices", DiagnosticCode.ChoicesSheetMissing);
            return null;
        }

        if (!document.Lists.TryGetValue(select.List, out var list))
        {
            var near = context.Nearest(select.List, document.Lists.Keys);
            context.Error(
                DiagnosticCode.ListNotInChoices,
                row.Number,
                "type",
                $"No choice on the sheet “choices” has the list_name “{select.List}”. "
                + (near is null ? "Add the choices of this list there, or correct the name." : $"Did you mean “{near}”?"),
                near);
            return null;
        }

        if (select.Kind == SelectKind.Multiple && list.WithSpace is not null && _multiples.Add(list.Name))
        {
            ReportSpaces(list);
        }

        return new Itemset(isSearch ? ItemsetSource.Search : ItemsetSource.Instance, select.List) { List = list };
    }

    /// <summary>Reports the names themselves, once for all selects that use the list.</summary>
    private void ReportSpaces(ChoiceList list)
    {
        foreach (var choice in list.Choices.Where(choice => choice.Name.Contains(' ', StringComparison.Ordinal)))
        {
            var near = choice.Name.Replace(' ', '_');
            context.Diagnostics.Error(
                DiagnosticCode.ChoiceNameSpaces,
                $"The choice name “{choice.Name}” has a space, and a select_multiple uses its list “{list.Name}”: there a space " +
                $"separates two answers. Write it without, such as {near}.",
                context.Document.ChoicesTable?.At(choice.Row, "name"),
                near);
        }
    }

    private void ReportMissingSheet(SurveyRow row, string sheet, string code)
    {
        var similar = XlsFormReader.SimilarSheet(sheet, context.Document.SheetNames);
        context.Error(
            code,
            row.Number,
            "type",
            $"The select “{row.Name}” needs a sheet “{sheet}” with the columns list_name, name and label."
            + (similar is null ? "" : $" Is “{similar}” meant to be it?"),
            similar is null ? null : sheet);
    }
}
