using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Dialects;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Builds the node of a row that is neither a select nor a container.</summary>
internal sealed class BuildQuestion(TreeContext context)
{
    private const string OsmPrefix = "osm ";

    /// <summary>Builds the node; null when the type is unknown, which is reported.</summary>
    public FormNode? Run(SurveyRow row, string type, string name)
    {
        var osmList = type.StartsWith(OsmPrefix, StringComparison.Ordinal) ? type[OsmPrefix.Length..] : null;
        var questionType = QuestionTypes.Find(osmList is null ? type : "osm");
        if (questionType is null)
        {
            ReportUnknownType(row, type);
            return null;
        }

        var node = Node(row, name, questionType, Triggers.Read(context, row));
        if (osmList is not null)
        {
            node.OsmTags = context.Document.OsmLists.GetValueOrDefault(osmList);
        }

        ApplyType(row, type, node);
        CheckBigImage(row, node);
        return node;
    }

    /// <summary>Builds a node from a row and merges what its type brings.</summary>
    public static FormNode Node(SurveyRow row, string name, QuestionType type, IReadOnlyList<string> triggers)
    {
        var bind = new List<KeyValuePair<string, LocalText>>();
        foreach (var (key, value) in type.Bind)
        {
            bind.Add(KeyValuePair.Create(key, row.BindText(key) ?? LocalText.Of(value)));
        }

        bind.AddRange(row.Bind.Where(pair => !Array.Exists(type.Bind, known => known.Name == pair.Key)));
        var node = new FormNode
        {
            Kind = NodeKind.Question,
            Name = name,
            Row = row.Number,
            Type = type,
            Label = row.Label,
            Hint = row.Hint ?? (type.Hint is null ? null : LocalText.Of(type.Hint)),
            GuidanceHint = row.GuidanceHint,
            Media = row.Media,
            Bind = bind,
            Control = [.. row.Control.Where(pair => pair.Key != "jr:count")],
            Instance = row.Instance,
            Default = row.Value("default"),
            IsDefaultDynamic = row.Value("default") is { } text && DynamicDefault.IsDynamic(text, row.Type ?? ""),
            Triggers = triggers,
        };
        if (node.Label is null && node.ControlValue("appearance") == "label")
        {
            node.Label = LocalText.Of(" ");
        }

        return node;
    }

    /// <summary>Reports a big image without the small one it enlarges.</summary>
    public void CheckBigImage(SurveyRow row, FormNode node)
    {
        if (node.Media.Exists(media => media.Key == "big-image") && !node.Media.Exists(media => media.Key == "image"))
        {
            context.Error(
                DiagnosticCode.BigImageWithoutImage,
                row.Number,
                "media::big-image",
                $"The question “{node.Name}” has a big-image but no image. Add the image that is shown before it is enlarged.");
        }
    }

    private void ApplyType(SurveyRow row, string type, FormNode node)
    {
        switch (type)
        {
            case "calculate" when !node.HasCalculation && !node.IsDefaultDynamic:
                context.Error(
                    DiagnosticCode.CalculationMissing,
                    row.Number,
                    "bind::calculate",
                    $"“{node.Name}” is of the type calculate but says nothing to calculate. Write an expression in the column “calculation”.");
                break;
            case "subscriberid" or "simserial":
                context.Warning(
                    DiagnosticCode.DeviceMetadata,
                    row.Number,
                    "type",
                    $"Current devices no longer tell their {type}; the question “{node.Name}” stays empty. Remove it.");
                break;
            case "include":
                context.Error(
                    DiagnosticCode.IncludeUnsupported, row.Number, "type", "Including another form is not supported.");
                break;
            case "text":
                MediaParameters.ApplyText(context, row, node);
                break;
            case "photo":
                MediaParameters.ApplyImage(context, row, node);
                break;
            case "audio":
                MediaParameters.ApplyAudio(context, row, node);
                break;
            case "background-audio":
                MediaParameters.ApplyBackgroundAudio(context, row, node);
                break;
            case "range":
                RangeParameters.Apply(context, row, node);
                break;
            case "geopoint" or "geotrace" or "geoshape":
                GeoParameters.Apply(context, row, node, type);
                break;
            case "background-geopoint":
                CheckBackgroundGeopoint(row, node);
                break;
            default:
                // Other types ignore their parameters, but a malformed cell is still a mistake.
                Parameters.Read(context, row);
                break;
        }
    }

    private void CheckBackgroundGeopoint(SurveyRow row, FormNode node)
    {
        if (row.Value("trigger") is null)
        {
            context.Error(
                DiagnosticCode.BackgroundGeopointTrigger,
                row.Number,
                "trigger",
                $"The background-geopoint “{node.Name}” has no trigger. Name the question whose change takes the position.");
        }

        if (node.HasCalculation)
        {
            context.Error(
                DiagnosticCode.BackgroundGeopointCalculation,
                row.Number,
                "bind::calculate",
                $"The background-geopoint “{node.Name}” has a calculation. Remove it: the device gives the position.");
        }
    }

    private void ReportUnknownType(SurveyRow row, string type)
    {
        if (type == "include")
        {
            context.Error(
                DiagnosticCode.IncludeUnsupported, row.Number, "type", "Including another form is not supported.");
            return;
        }

        if (ForeignTypes.Find(row, type, context.Dialect) is { } instead)
        {
            context.Error(
                DiagnosticCode.TypeUnknown,
                row.Number,
                "type",
                $"The type “{type}” is not one of XLSForm. {instead.Advice}",
                instead.Instead);
            return;
        }

        var space = type.IndexOf(' ', StringComparison.Ordinal);
        var known = QuestionTypes.Spellings.Concat(ContainerRow.Spellings);
        var suggestion = Spelling.Nearest(type, known);
        if (suggestion is null && space > 0
            && Spelling.Nearest(type[..space], SelectCommand.Spellings) is { } select)
        {
            suggestion = select + type[space..];
        }

        var advice = SelectCommand.Spellings.Contains(type, StringComparer.Ordinal)
            ? $"Write after it the name of a list of the sheet “choices”: {type} LIST."
            : suggestion is null ? "Use one of XLSForm's: text, integer, decimal, date, select_one LIST, select_multiple LIST, geopoint, image, note, calculate, …" : $"Did you mean “{suggestion}”?";
        context.Error(
            DiagnosticCode.TypeUnknown, row.Number, "type", $"The type “{type}” is unknown. {advice}", suggestion);
    }
}
