using System.Globalization;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Applies the parameters of questions about places.</summary>
internal static class GeoParameters
{
    private const string ReferenceGeometry = "reference-geometry";

    private static readonly string[] PointKeys =
        ["allow-mock-accuracy", "capture-accuracy", "warning-accuracy", ReferenceGeometry];

    private static readonly string[] ShapeKeys = ["allow-mock-accuracy", "incremental", ReferenceGeometry];

    /// <summary>Applies all parameters; features are checked once all rows are known.</summary>
    public static void Apply(TreeContext context, SurveyRow row, FormNode node, string type)
    {
        var parameters = Parameters.Read(context, row);
        parameters.Allow(context, row, type == "geopoint" ? PointKeys : ShapeKeys);
        ApplyNumber(
            context, row, node, parameters, "capture-accuracy", "accuracyThreshold", DiagnosticCode.CaptureAccuracy);
        ApplyNumber(
            context,
            row,
            node,
            parameters,
            "warning-accuracy",
            "unacceptableAccuracyThreshold",
            DiagnosticCode.WarningAccuracy);
        ApplyIncremental(context, row, node, parameters["incremental"]);
        ApplyMock(context, row, node, parameters["allow-mock-accuracy"]);
        if (parameters[ReferenceGeometry] is { } features)
        {
            node.Itemset = Features(context, row, features);
        }
    }

    /// <summary>Reports features that are neither a list, nor an attached file, nor a repeat.</summary>
    public static void CheckFeatures(TreeContext context, FormTree tree)
    {
        var users = tree.Root.SelfAndDescendants()
            .Where(node => node.Itemset is not null && node.Type?.Name is "geopoint" or "geotrace" or "geoshape")
            .ToList();
        if (users.Count == 0)
        {
            return;
        }

        var known = KnownLists(context.Document, tree);
        foreach (var user in users)
        {
            // users hold an itemset: filtered above.
            CheckFeature(context, tree, known, user, user.Itemset!);
        }
    }

    private static void CheckFeature(
        TreeContext context, FormTree tree, HashSet<string> known, FormNode user, Itemset itemset)
    {
        if (itemset.Source == ItemsetSource.RepeatFeatures)
        {
            var name = Reference.Only(itemset.Name)?.Name ?? "";
            if (!tree.FirstByName.TryGetValue(name, out var target) || target.Kind != NodeKind.Repeat)
            {
                context.Error(
                    DiagnosticCode.ReferenceGeometry,
                    user.Row,
                    "parameters",
                    $"The reference-geometry {itemset.Name} names no repeat. Name a repeat or a list of features.",
                    context.Nearest(name, tree.FirstByName.Where(p => p.Value.Kind == NodeKind.Repeat).Select(p => p.Key)));
            }
        }
        else if (!known.Contains(itemset.Name))
        {
            context.Error(
                DiagnosticCode.ReferenceGeometry,
                user.Row,
                "parameters",
                $"The reference-geometry “{itemset.Name}” is no list of the form, no entity list and no attached file.",
                context.Nearest(itemset.Name, known));
        }
    }

    private static HashSet<string> KnownLists(XlsFormDocument document, FormTree tree)
    {
        var known = new HashSet<string>(document.Lists.Keys, StringComparer.Ordinal);
        if (document.EntitiesTable is { } entities)
        {
            foreach (var row in entities.Rows)
            {
                if (XlsFormDocument.ByRoot(entities, row).TryGetValue("dataset", out var list))
                {
                    known.Add(list);
                }
            }
        }

        foreach (var node in tree.Root.SelfAndDescendants())
        {
            if (node.Type?.IsExternalInstance == true)
            {
                known.Add(node.Name);
            }
            else if (node.Itemset is { Source: not (ItemsetSource.RepeatFeatures or ItemsetSource.External) } itemset
                && node.Type?.Name is not ("geopoint" or "geotrace" or "geoshape"))
            {
                known.Add(System.IO.Path.GetFileNameWithoutExtension(itemset.Name));
            }
        }

        return known;
    }

    private static Itemset Features(TreeContext context, SurveyRow row, string features)
    {
        var filter = row.Value("choice_filter");
        return features.StartsWith("${", StringComparison.Ordinal)
            ? new Itemset(ItemsetSource.RepeatFeatures, features)
            {
                Filter = filter,
                ValueRef = "geometry",
                LabelRef = "geometry",
            }
            : new Itemset(ItemsetSource.Instance, features)
            {
                Filter = filter,
                List = context.Document.Lists.GetValueOrDefault(features),
            };
    }

    private static void ApplyNumber(
        TreeContext context,
        SurveyRow row,
        FormNode node,
        Parameters parameters,
        string key,
        string attribute,
        string code)
    {
        if (parameters[key] is not { } value)
        {
            return;
        }

        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
        {
            context.Error(
                code, row.Number, "parameters", $"The parameter {key} is “{value}”. Write a number of metres such as 5.");
        }

        node.SetControl(attribute, value);
    }

    private static void ApplyIncremental(TreeContext context, SurveyRow row, FormNode node, string? value)
    {
        if (value is null)
        {
            return;
        }

        if (!YesNo.IsYes(value))
        {
            context.Error(
                DiagnosticCode.IncrementalValue,
                row.Number,
                "parameters",
                $"The parameter incremental is “{value}”. Write incremental=true, or remove it.");
        }

        node.SetControl("incremental", "true");
    }

    private static void ApplyMock(TreeContext context, SurveyRow row, FormNode node, string? value)
    {
        if (value is null)
        {
            return;
        }

        if (value is not ("true" or "false"))
        {
            context.Error(
                DiagnosticCode.AllowMockAccuracy,
                row.Number,
                "parameters",
                $"The parameter allow-mock-accuracy is “{value}”. Write true or false.");
        }

        node.SetBind("odk:allow-mock-accuracy", value);
    }
}
