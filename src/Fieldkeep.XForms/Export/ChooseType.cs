using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;
using XmlNode = Fieldkeep.XForms.Xml.FormNode;

namespace Fieldkeep.XForms.Export;

/// <summary>Finds the type of a question from its bind, its control and its actions, with the parameters that go with it.</summary>
internal sealed class ChooseType(ExportContext context, ChooseOptions options)
{
    private static readonly string[] Preloads =
    [
        "start", "end", "today", "deviceid", "phonenumber", "username", "email", "simserial", "subscriberid",
        "uri:deviceid", "uri:phonenumber", "uri:simserial", "uri:subscriberid", "uri:username", "uri:email",
    ];

    private static readonly string[] RangeNumbers = ["start", "end", "step", "tick-interval", "placeholder"];

    /// <summary>Begins the row of a question.</summary>
    public RowDraft Run(NodeDraft node)
    {
        var row = node.Control is { } control ? Visible(node, control) : Hidden(node);
        foreach (var (name, value) in TemplateOf(row.Type))
        {
            row.KnownBind[name] = value;
        }

        return row;
    }

    /// <summary>Gives the bind type without the prefix of XML Schema; null when there is none.</summary>
    public static string? BindTypeOf(NodeDraft node) =>
        node.BindValue("type")?.Trim() is { Length: > 0 } type
            ? type.StartsWith("xsd:", StringComparison.Ordinal) || type.StartsWith("xs:", StringComparison.Ordinal) ? type[(type.IndexOf(':', StringComparison.Ordinal) + 1)..] : type
            : null;

    private static (string Name, string Value)[] TemplateOf(string type) =>
        SelectCommand.Parse(type)?.Type.Bind
        ?? QuestionTypes.Find(QuestionTypes.Rewrite(type.StartsWith("osm ", StringComparison.Ordinal) ? "osm" : type))?.Bind
        ?? [];

    private RowDraft Visible(NodeDraft node, XmlNode control) => control.Name switch
    {
        "select" or "select1" or "rank" => options.Select(node, control),
        "upload" => Upload(node, control),
        "range" => Range(node, control),
        "trigger" => Trigger(node),
        "input" when control.Attribute("query") is not null => options.External(node, control),
        "input" => Input(node, control),
        _ => Old(node, control),
    };

    private RowDraft Old(NodeDraft node, XmlNode control)
    {
        context.Lose(DiagnosticCode.ExportTypeChanged, control, $"The {control.Name} for {node.Path} becomes a text question.");
        return new RowDraft("text");
    }

    private RowDraft Input(NodeDraft node, XmlNode control)
    {
        var type = BindTypeOf(node) switch
        {
            null or "string" => node.BindValue("readonly")?.Trim() == "true()" ? "note" : "text",
            "int" or "integer" => "integer",
            "dateTime" => "datetime",
            var known and ("decimal" or "date" or "time" or "geopoint" or "geotrace" or "geoshape" or "barcode") => known,
            _ => "text",
        };
        var row = new RowDraft(type);
        switch (type)
        {
            case "text":
                row.Move("rows", "rows", control.Attribute("rows"), IsInteger(control.Attribute("rows")));
                break;
            case "geopoint":
                row.Move("accuracyThreshold", "capture-accuracy", control.Attribute("accuracyThreshold"), IsNumber(control.Attribute("accuracyThreshold")));
                row.Move(
                    "unacceptableAccuracyThreshold",
                    "warning-accuracy",
                    control.Attribute("unacceptableAccuracyThreshold"),
                    IsNumber(control.Attribute("unacceptableAccuracyThreshold")));
                MoveMock(node, row);
                options.Features(node, control, row, "reference-geometry");
                break;
            case "geotrace" or "geoshape":
                row.Move("incremental", "incremental", control.Attribute("incremental"), control.Attribute("incremental") == "true");
                MoveMock(node, row);
                options.Features(node, control, row, "reference-geometry");
                break;
            default:
                break;
        }

        return row;
    }

    private static void MoveMock(NodeDraft node, RowDraft row)
    {
        var mock = node.BindValue("allow-mock-accuracy");
        row.Move("odk:allow-mock-accuracy", "allow-mock-accuracy", mock, mock is "true" or "false");
    }

    private RowDraft Upload(NodeDraft node, XmlNode control)
    {
        var media = control.Attribute("mediatype");
        if (media == "osm/*")
        {
            return Osm(node, control);
        }

        var row = new RowDraft(media switch { "image/*" => "image", "audio/*" => "audio", "video/*" => "video", _ => "file" });
        if (row.Type == "file" && media != "application/*")
        {
            context.Lose(
                DiagnosticCode.ExportTypeChanged, control, $"{node.Path} takes files of the type {media}; made from a workbook it takes any file.");
        }

        if (row.Type == "image")
        {
            row.Move("orx:max-pixels", "max-pixels", node.BindValue("max-pixels"), IsInteger(node.BindValue("max-pixels")));
            var intent = control.Attribute("intent");
            row.Move(
                "intent",
                "app",
                intent,
                control.Attribute("appearance") is null or "annotate" && intent?.Contains('.', StringComparison.Ordinal) == true
                    && intent.All(c => char.IsAsciiLetterLower(c) || c == '.'));
        }
        else if (row.Type == "audio")
        {
            var quality = node.BindValue("quality");
            row.Move("odk:quality", "quality", quality, quality is "voice-only" or "low" or "normal" or "external");
        }

        return row;
    }

    private RowDraft Osm(NodeDraft node, XmlNode control)
    {
        var tags = control.Children.Where(child => child.Name == "tag").ToList();
        foreach (var tag in tags)
        {
            context.Osm.AddRow();
            context.Osm.Set("list_name", node.Name);
            context.Osm.Set("name", tag.Attribute("key"));
            context.Osm.Set("label", tag.Child("label") is { } label ? context.Words(label, null) : null);
        }

        return new RowDraft(tags.Count == 0 ? "osm" : $"osm {node.Name}");
    }

    private RowDraft Range(NodeDraft node, XmlNode control)
    {
        var row = new RowDraft("range");
        foreach (var (attribute, key) in (ReadOnlySpan<(string, string)>)
            [("start", "start"), ("end", "end"), ("step", "step"), ("tick-interval", "tick_interval"), ("placeholder", "placeholder")])
        {
            row.Move(key is "tick_interval" or "placeholder" ? $"odk:{attribute}" : attribute, key, control.Attribute(attribute));
        }

        options.Features(node, control, row, "tick_labelset");
        var isWhole = RangeNumbers
            .Select(control.Attribute)
            .All(text => text is null || (decimal.TryParse(text, System.Globalization.NumberStyles.Float, null, out var number) && number == decimal.Truncate(number)));
        if (!isWhole)
        {
            // The compiler makes it decimal by itself, whatever the column says.
            row.Said.Add("type");
        }

        return row;
    }

    private static RowDraft Trigger(NodeDraft node) => new(
        node.IsBackgroundPoint ? "background-geopoint" : node.Bind is null ? "trigger" : "acknowledge");

    private static RowDraft Hidden(NodeDraft node)
    {
        if (node.IsStartPoint)
        {
            return new RowDraft("start-geopoint");
        }

        if (node.Recording is { } recording)
        {
            var row = new RowDraft("background-audio");
            row.TryAdd("quality", recording.Attribute("quality"));
            return row;
        }

        if (node.IsBackgroundPoint)
        {
            return new RowDraft("background-geopoint");
        }

        if (node.BindValue("preload") is { } preload
            && Array.Find(Preloads, name => IsPreload(name, preload, node.BindValue("preloadParams"))) is { } known)
        {
            return new RowDraft(known);
        }

        var isCalculated = node.BindValue("calculate") is not null || node.Triggers.Exists(trigger => trigger.Value is not null);
        return new RowDraft(isCalculated ? "calculate" : "hidden");
    }

    private static bool IsPreload(string name, string preload, string? parameter)
    {
        var bind = TemplateOf(name);
        return Array.Exists(bind, one => one == ("jr:preload", preload)) && Array.Exists(bind, one => one == ("jr:preloadParams", parameter ?? ""));
    }

    private static bool IsInteger(string? text) => long.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, null, out _);

    private static bool IsNumber(string? text) => double.TryParse(text, System.Globalization.NumberStyles.Float, null, out _);
}
