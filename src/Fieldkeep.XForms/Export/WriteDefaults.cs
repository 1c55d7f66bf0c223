using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Export;

/// <summary>Writes what a question holds before it is answered: a value, or an expression.</summary>
internal sealed class WriteDefaults(ExportContext context)
{
    private const string ImagePrefix = "jr://images/";

    /// <summary>Fills the column of a node.</summary>
    public void Write(NodeDraft node, string type)
    {
        var texts = node.Elements.Select(element => element.InnerText()).Where(text => text.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        if (node.FirstValue is { } expression)
        {
            WriteExpression(node, type, expression, texts);
            return;
        }

        if (texts.Count == 0)
        {
            return;
        }

        if (texts.Count > 1)
        {
            context.Lose(DiagnosticCode.ExportDefaultChanged, node.Elements[0], $"{node.Path} begins with several values; the first is kept.");
        }

        var value = type == "image" && texts[0].StartsWith(ImagePrefix, StringComparison.Ordinal) ? texts[0][ImagePrefix.Length..] : texts[0];
        if (!DynamicDefault.IsDynamic(value, type == "image" ? "photo" : type))
        {
            context.Set("default", value);
            if (value != value.Trim())
            {
                context.Lose(DiagnosticCode.ExportDefaultChanged, node.Elements[0], $"The value of {node.Path} loses the spaces around it.");
            }

            return;
        }

        // A workbook would take the value for an expression; so it becomes one that gives the value.
        context.Set("default", $"string({ReadActions.Quoted(value)})");
        context.Lose(
            DiagnosticCode.ExportDefaultChanged, node.Elements[0], $"The value of {node.Path} looks like an expression; it is set as the form is opened.");
    }

    private void WriteExpression(NodeDraft node, string type, string expression, List<string> texts)
    {
        var written = context.Names.Expression(expression, ExpressionPlace.Of(node)).Trim();
        if (texts.Count > 0)
        {
            context.Lose(DiagnosticCode.ExportDefaultChanged, node.Elements[0], $"{node.Path} has a value and an expression that replaces it; the expression is kept.");
        }

        if (DynamicDefault.IsDynamic(written, type == "image" ? "photo" : type))
        {
            context.Set("default", written);
            return;
        }

        if (written is ['\'', .., '\''] or ['"', .., '"'] && written.Count(c => c == written[0]) == 2
            && !DynamicDefault.IsDynamic(written[1..^1], type))
        {
            // A plain value set as the form opens is the same as one that stands in it.
            context.Set("default", written[1..^1]);
        }
        else
        {
            context.Set("default", $"string({written})");
        }

        context.Lose(
            DiagnosticCode.ExportDefaultChanged,
            node.Elements[0],
            $"The expression {written} that sets {node.Path} would be taken for a plain value in a workbook; it is written otherwise.");
    }
}
