using Fieldkeep.XForms.Diagnostics;
using XmlNode = Fieldkeep.XForms.Xml.FormNode;

namespace Fieldkeep.XForms.Export;

/// <summary>Carries what all steps of an export share: the form, its nodes, the way back to names, and the sheets.</summary>
internal sealed class ExportContext(SourceForm form, DraftTree tree, NameReferences names, CancellationToken cancellationToken)
{
    private static readonly HashSet<string> XPathColumns =
        new(StringComparer.Ordinal) { "relevant", "required", "readonly", "constraint", "calculation", "choice_filter", "repeat_count", "trigger" };

    /// <summary>The XForm.</summary>
    public SourceForm Form { get; } = form;

    /// <summary>Its nodes.</summary>
    public DraftTree Tree { get; } = tree;

    /// <summary>The way from paths back to names.</summary>
    public NameReferences Names { get; } = names;

    /// <summary>The survey sheet.</summary>
    public SheetDraft Survey { get; } = new(
        "survey", "type", "name", "label", "hint", "guidance_hint", "required", "required_message", "relevant", "constraint",
        "constraint_message", "calculation", "readonly", "default", "appearance", "parameters", "choice_filter", "repeat_count",
        "trigger", "save_to", "confidential", "confidential_radius", "intent", "autoplay", "media", "media::image", "media::big-image", "media::audio", "media::video", "bind", "body", "instance");

    /// <summary>The choices sheet.</summary>
    public SheetDraft Choices { get; } = new(
        "choices", "list_name", "name", "label", "media::image", "media::big-image", "media::audio", "media::video");

    /// <summary>The tags of osm questions.</summary>
    public SheetDraft Osm { get; } = new("osm", "list_name", "name", "label");

    /// <summary>Lists that stand in <c>itemsets.csv</c>, in order of first use.</summary>
    public OrderedDictionary<string, string> ExternalLists { get; } = new(StringComparer.Ordinal);

    /// <summary>Ends the work when nobody waits for it any more.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>True when runs of spaces must be kept, which the setting <c>clean_text_values</c> decides.</summary>
    public bool KeepsSpaces { get; private set; }

    /// <summary>Fills a cell of the last survey row.</summary>
    public void Set(string column, string? value)
    {
        if (value is not null && value.Trim().Contains("  ", StringComparison.Ordinal)
            && (!XPathColumns.Contains(column) || value.Contains('\'', StringComparison.Ordinal) || value.Contains('"', StringComparison.Ordinal)))
        {
            KeepsSpaces = true;
        }

        Survey.Set(column, value);
    }

    /// <summary>Takes down something that gets lost or changes.</summary>
    public void Lose(string code, XmlNode? node, string message) => Form.Lose(code, node, message);

    /// <summary>Writes the content of a text: references in it become <c>${name}</c>.</summary>
    public string Words(XmlNode content, ExpressionPlace? from)
    {
        if (content.Children is [{ IsText: true } only])
        {
            return Checked(only);
        }

        var words = new System.Text.StringBuilder();
        foreach (var child in content.Children)
        {
            if (child.IsText)
            {
                words.Append(Checked(child));
            }
            else if (child.Name == "output")
            {
                var expression = child.Attribute("value") ?? child.Attribute("ref") ?? "";
                var written = Names.Output(expression, from);
                if (written is null)
                {
                    Lose(
                        DiagnosticCode.ExportTextLost,
                        child,
                        $"A text shows the result of {expression.Trim()}. A workbook can only show answers of questions with a name of " +
                        "their own: the text has the expression itself. Calculate it in a row and refer to that.");
                }

                words.Append(written ?? expression.Trim());
            }
            else
            {
                Lose(DiagnosticCode.ExportTextLost, child, $"The markup {child.Name} in a text is left out; its words are kept.");
                words.Append(Words(child, from));
            }
        }

        return words.ToString();

        string Checked(XmlNode text)
        {
            if (text.Text.Contains("${", StringComparison.Ordinal) || text.Text.AsSpan().IndexOfAny("\u2018\u2019\u201C\u201D\u00A0") >= 0)
            {
                Lose(
                    DiagnosticCode.ExportTextLost,
                    content,
                    text.Text.Contains("${", StringComparison.Ordinal)
                        ? "A text contains ${, which a workbook takes for a reference."
                        : "Curly quotes and hard spaces in texts become plain ones when a workbook is read.");
            }

            return text.Text;
        }
    }
}
