using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Export;

/// <summary>Writes the rows of the survey sheet, node by node.</summary>
internal sealed class WriteSurvey(ExportContext context, TextColumns texts, ChooseType types)
{
    private readonly WriteRowColumns _columns = new(context, texts);

    /// <summary>Writes a row for each node, and the rows that declare files.</summary>
    public void Run(SourceInstances instances)
    {
        foreach (var column in (ReadOnlySpan<string>)["type", "name", "label"])
        {
            context.Survey.Require(column);
        }

        foreach (var child in context.Tree.Root.Children)
        {
            Write(child);
        }

        WriteFiles(instances);
    }

    private void Write(NodeDraft node)
    {
        switch (node.Kind)
        {
            case NodeKind.Group or NodeKind.Repeat:
                WriteContainer(node);
                break;
            case NodeKind.Question:
                WriteQuestion(node);
                break;
            case NodeKind.Meta when node.Parent?.Kind == NodeKind.Root:
                WriteMeta(node);
                break;
            default:
                // The metadata of an entity is made from the entities sheet.
                break;
        }
    }

    private void WriteContainer(NodeDraft node)
    {
        context.CancellationToken.ThrowIfCancellationRequested();
        var keyword = node.Kind == NodeKind.Repeat ? "repeat" : "group";
        context.Survey.AddRow();
        context.Set("type", $"begin_{keyword}");
        context.Set("name", node.Name);
        var place = ExpressionPlace.Of(node);
        var label = node.Control?.Child("label") is { } own && (node.Wrapper is null || own.Children.Count > 0 || own.Attribute("ref") is not null)
            ? own
            : node.Wrapper?.Child("label");
        ReportAround(node, label);

        // Groups without a node have the path of the one around them, and so the ids of its texts.
        texts.WriteLabel(label, node.IsFlattened ? "" : $"{node.Twin.Path}:label", place);
        texts.WriteHint(
            node.Control?.Child("hint") ?? node.Wrapper?.Child("hint"), node.IsFlattened ? "" : $"{node.Twin.Path}:hint", place);
        var row = new RowDraft("");
        _columns.WriteBind(node, row);
        WriteCount(node, place);
        _columns.WriteControl(node, node.Control, row);
        if (node.Wrapper is { } wrapper && wrapper.Attributes.Any(one => one.Name is not ("ref" or "bind" or "nodeset")))
        {
            if (node.Control?.Attribute("appearance") is null)
            {
                context.Set("appearance", wrapper.Attribute("appearance"));
            }

            context.Lose(DiagnosticCode.ExportPlaceChanged, wrapper, $"What the group around the repeat {node.Path} says is now said by the repeat.");
        }

        _columns.WriteInstance(node);
        foreach (var child in node.Children)
        {
            Write(child);
        }

        context.Survey.AddRow();
        context.Set("type", $"end_{keyword}");
    }

    /// <summary>Tells the label and hint of the group around a repeat, where the repeat has its own.</summary>
    private void ReportAround(NodeDraft node, Xml.FormNode? label)
    {
        if (node.Wrapper?.Child("label") is { } around && around != label && (around.Children.Count > 0 || around.Attribute("ref") is not null))
        {
            context.Lose(
                DiagnosticCode.ExportTextLost, around, $"The label “{around.InnerText().Trim()}{around.Attribute("ref")}” of the group around the repeat {node.Path} is left out; the repeat has its own.");
        }

        if (node.Wrapper?.Child("hint") is { } hint && node.Control?.Child("hint") is not null)
        {
            context.Lose(DiagnosticCode.ExportTextLost, hint, $"The hint of the group around the repeat {node.Path} is left out; the repeat has its own.");
        }
    }

    private void WriteCount(NodeDraft node, ExpressionPlace place)
    {
        if (node.Control?.Attributes.FirstOrDefault(one => one.Name == "count") is not { Name: "count" } count)
        {
            return;
        }

        var written = context.Names.Expression(count.Value, place).Trim();
        context.Set("repeat_count", written);
        if (Reference.Only(written) is null)
        {
            context.Lose(
                DiagnosticCode.ExportPlaceChanged,
                node.Control,
                $"{node.Path} is repeated {count.Value.Trim()} times; made from a workbook a question {node.Name}_count holds that number.");
        }
    }

    private void WriteQuestion(NodeDraft node)
    {
        context.CancellationToken.ThrowIfCancellationRequested();
        context.Survey.AddRow();
        var calculation = KeepTriggers(node);
        var row = types.Run(node);
        context.Set("type", row.Type);
        context.Set("name", node.Name);
        var place = ExpressionPlace.Of(node);
        var hasLabel = texts.WriteLabel(node.Control?.Child("label"), $"{node.Twin.Path}:label", place);
        var hasHint = texts.WriteHint(node.Control?.Child("hint"), $"{node.Twin.Path}:hint", place);
        if (node.Control is not null && !hasLabel && !hasHint && node.Control.Attribute("appearance") != "label")
        {
            // A question without words: this column shows nothing and lets it pass.
            context.Set("media", "none");
        }

        _columns.WriteBind(node, row);
        WriteTriggers(node, calculation);
        _columns.WriteControl(node, node.Control, row);
        _columns.WriteInstance(node);
        new WriteDefaults(context).Write(node, row.Type);
        context.Set("parameters", row.Parameters);
        context.Set("choice_filter", row.Filter);
    }

    /// <summary>Drops the triggers that no row can say, so that nothing else counts on them; gives what the others set.</summary>
    private string? KeepTriggers(NodeDraft node)
    {
        string? calculation = null;
        var kept = new List<(NodeDraft Source, string? Value)>();
        foreach (var (source, value) in node.Triggers)
        {
            var written = calculation ?? (value is null ? null : context.Names.Expression(value, ExpressionPlace.Of(source)));
            if (!context.Names.IsNamed(source)
                || !(value is null ? written is null || node.IsBackgroundPoint : context.Names.Compiles(written ?? "", value, ExpressionPlace.Of(source), ReferenceStyle.Plain)))
            {
                context.Lose(
                    DiagnosticCode.ExportActionLost, source.Control, $"The action of {source.Path} that sets {node.Path} to {value} is left out.");
                continue;
            }

            calculation = written;
            kept.Add((source, value));
        }

        node.Triggers.Clear();
        node.Triggers.AddRange(kept);
        node.IsBackgroundPoint &= kept.Count > 0;
        return calculation;
    }

    private void WriteTriggers(NodeDraft node, string? calculation)
    {
        if (node.Triggers.Count == 0)
        {
            return;
        }

        context.Set("trigger", string.Join(", ", node.Triggers.Select(trigger => $"${{{trigger.Source.Name}}}")));
        context.Set("calculation", calculation);
        if (node.BindValue("calculate") is { } calculate && !node.IsBackgroundPoint)
        {
            context.Lose(DiagnosticCode.ExportAttributeLost, node.Bind, $"{node.Path} is both calculated and set by triggers; the calculation {calculate} is left out.");
        }
    }

    private void WriteMeta(NodeDraft meta)
    {
        foreach (var child in meta.Children)
        {
            if (child.Name == "audit")
            {
                WriteAudit(child);
            }
            else if (child.Kind != NodeKind.Entity && Xml.XFormPaths.Step(child.Name) is not ("instanceID" or "instanceName"))
            {
                context.Lose(
                    DiagnosticCode.ExportElementLost, child.Elements[0], $"A workbook cannot say {child.Path}; it is left out.");
            }
        }
    }

    private void WriteAudit(NodeDraft audit)
    {
        context.Survey.AddRow();
        var row = new RowDraft("audit");
        row.KnownBind["type"] = "binary";
        context.Set("type", "audit");
        context.Set("name", "audit");
        foreach (var (name, _, value) in audit.Bind?.Attributes ?? [])
        {
            row.Move(
                $"odk:{name}",
                name,
                value,
                name is "track-changes" or "track-changes-reasons" or "identify-user" or "location-priority" or "location-min-interval" or "location-max-age");
        }

        _columns.WriteBind(audit, row);
        _columns.WriteInstance(audit);
        context.Set("parameters", row.Parameters);
    }

    private void WriteFiles(SourceInstances instances)
    {
        foreach (var (id, instance) in instances.Files)
        {
            if (SourceInstances.TypeOf(id, instance) is not { } type)
            {
                context.Lose(
                    DiagnosticCode.ExportInstanceLost,
                    instance,
                    $"The secondary instance “{id}” from {instance.Attribute("src")} is left out: no row can declare it under this name.");
                continue;
            }

            context.Survey.AddRow();
            context.Set("type", type);
            context.Set("name", id);
        }
    }
}
