using System.Globalization;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Builds selects and ranks with their options, tables and “other”.</summary>
internal sealed class BuildSelect(TreeContext context, BuildContainers containers, CheckNames names)
{
    private readonly FindOptions _options = new(context);

    /// <summary>Builds a select and adds it, with what belongs to it, to the open container.</summary>
    public FormNode Run(SurveyRow row, SelectCommand select, string name, IReadOnlyList<string> triggers)
    {
        var node = BuildQuestion.Node(row, name, select.Type, triggers);
        var parameters = Parameters.Read(context, row);
        if (select.IsFromFile)
        {
            parameters.Allow(context, row, "randomize", "seed", "value", "label");
        }
        else
        {
            parameters.Allow(context, row, "randomize", "seed");
        }

        CheckRandom(row, parameters);
        CheckBindType(row, node);
        new BuildQuestion(context).CheckBigImage(row, node);
        node.Itemset = _options.Run(row, select, node, parameters);
        if (containers.IsTableList)
        {
            AddToTable(row, select, node);
        }

        containers.Current.Node.Add(node);
        if (select.HasOther)
        {
            AddOther(row, select, node);
        }

        return node;
    }

    private void CheckRandom(SurveyRow row, Parameters parameters)
    {
        var randomize = parameters["randomize"];
        if (randomize is not (null or "true" or "false"))
        {
            context.Error(
                DiagnosticCode.RandomizeValue,
                row.Number,
                "parameters",
                $"The parameter randomize is “{randomize}”. Write true or false.");
        }

        if (parameters["seed"] is not { } seed)
        {
            return;
        }

        if (randomize is null)
        {
            context.Error(
                DiagnosticCode.SeedWithoutRandomize,
                row.Number,
                "parameters",
                "The parameter seed has no effect without randomize=true. Add it or remove the seed.");
        }

        if (Reference.Only(seed) is null
            && !double.TryParse(seed, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
        {
            context.Error(
                DiagnosticCode.SeedValue,
                row.Number,
                "parameters",
                $"The parameter seed is “{seed}”. Write a number, or the question that holds it as ${{name}}.");
        }
    }

    private void CheckBindType(SurveyRow row, FormNode node)
    {
        if (node.BindText("type")?.ToString() is { } type && type is not ("string" or "odk:rank"))
        {
            context.Error(
                DiagnosticCode.SelectBindType,
                row.Number,
                "bind::type",
                $"The select “{node.Name}” has the bind type “{type}”. Selects store text: remove the value.",
                "string");
        }
    }

    private void AddToTable(SurveyRow row, SelectCommand select, FormNode node)
    {
        if (containers.TableListName is null)
        {
            containers.TableListName = select.List;
            if (row.Value("choice_filter") is not null)
            {
                context.Error(
                    DiagnosticCode.TableListFilter,
                    row.Number,
                    "choice_filter",
                    "The first select of a table-list cannot have a choice_filter. Remove it, or do without table-list.");
            }

            containers.Current.Node.Add(new FormNode
            {
                Kind = NodeKind.Question,
                Name = $"reserved_name_for_field_list_labels_{row.Number}",
                Row = row.Number,
                Type = select.Type,
                Label = LocalText.Of(" "),
                Control = [KeyValuePair.Create("appearance", "label")],
                Bind = [.. select.Type.Bind.Select(bind => KeyValuePair.Create(bind.Name, LocalText.Of(bind.Value)))],
                Itemset = node.Itemset is null
                    ? null
                    : new Itemset(node.Itemset.Source, node.Itemset.Name) { List = node.Itemset.List },
            });
        }

        if (containers.TableListName != select.List)
        {
            context.Error(
                DiagnosticCode.TableListMismatch,
                row.Number,
                "type",
                $"All selects of a table-list need the same list: “{select.List}” is not “{containers.TableListName}”.",
                containers.TableListName);
        }

        node.SetControl("appearance", "list-nolabel");
    }

    private void AddOther(SurveyRow row, SelectCommand select, FormNode node)
    {
        if (row.Value("choice_filter") is not null)
        {
            context.Error(
                DiagnosticCode.OrOtherChoiceFilter,
                row.Number,
                "choice_filter",
                "A select with or_other cannot have a choice_filter. Write the choice “other” and its question yourself.");
        }

        if (!context.Document.Lists.TryGetValue(select.List, out var list) || list.Choices.Count == 0)
        {
            if (node.Itemset is not null)
            {
                context.Error(
                    DiagnosticCode.OrOtherWithoutChoices,
                    row.Number,
                    "type",
                    $"or_other needs a list of the choices sheet; “{select.List}” is none. Remove or_other.");
            }

            return;
        }

        AddOtherChoice(list);
        var name = $"{node.Name}_other";
        names.CheckSiblings(row.Number, name, containers.Current);
        containers.Current.Node.Add(new FormNode
        {
            Kind = NodeKind.Question,
            Name = name,
            Row = row.Number,
            Type = QuestionTypes.Find("text"),
            Label = LocalText.Of("Specify other."),
            Bind =
            [
                KeyValuePair.Create("type", LocalText.Of("string")),
                KeyValuePair.Create("relevant", LocalText.Of($"selected(../{node.Name}, 'other')")),
                .. node.Bind.Where(pair => pair.Key == CheckConfidential.Mark),
            ],
        });
    }

    private static void AddOtherChoice(ChoiceList list)
    {
        if (list.Choices.Any(choice => choice.Name == "other"))
        {
            return;
        }

        var languages = list.Choices
            .SelectMany(choice => choice.Label?.Translations ?? [])
            .Select(translation => translation.Key)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        list.Add(new Choice
        {
            Name = "other",
            Label = languages.Count == 0 ? LocalText.Of("Other") : LocalText.InLanguages(languages, "Other"),
        });
    }
}
