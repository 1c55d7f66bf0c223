using Fieldkeep.XForms.Xml;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Compilation;

/// <summary>
/// Writes texts shown to people: references and instance expressions become <c>output</c> elements.
/// </summary>
internal sealed class WriteTexts(XFormWriter writer, ResolveReferences references)
{
    /// <summary>Writes a text into the open element; paths are relative to <paramref name="from"/>.</summary>
    public void Write(string text, FormNode? from)
    {
        writer.Inline();
        var end = 0;
        foreach (var (start, stop) in InstanceExpressions.Find(text))
        {
            WriteReferences(text, end, start, from);
            WriteOutput(references.Expression(text[start..stop], from));
            end = stop;
        }

        WriteReferences(text, end, text.Length, from);
    }

    private void WriteReferences(string text, int start, int stop, FormNode? from)
    {
        var end = start;
        for (var next = Reference.Find(text, start);
            next is { } reference && reference.End <= stop;
            next = Reference.Find(text, end))
        {
            writer.Text(text.AsSpan(end, reference.Start - end));
            WriteOutput(references.Path(text, reference, from));
            end = reference.End;
        }

        writer.Text(text.AsSpan(end, stop - end));
    }

    private void WriteOutput(string expression) => writer.Start("output").Attribute("value", expression).End();
}
