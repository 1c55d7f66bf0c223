using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Advice;

/// <summary>Holds what one text says: its tree, the tree's parts in the order they are written, and the questions it reads.</summary>
internal sealed class ParsedText
{
    /// <summary>Reads a text.</summary>
    public ParsedText(string text)
    {
        if (!XPathParser.TryParse(text, out var tree, out var error))
        {
            Error = error;
            Parts = [];
            Names = [];
            return;
        }

        Tree = tree;
        Parts = tree.DescendantsAndSelf().ToList();
        var names = new OrderedDictionary<string, bool>(StringComparer.Ordinal);
        foreach (var part in Parts)
        {
            switch (part)
            {
                case QuestionReference { IsLastSaved: false } reference:
                    names.TryAdd(reference.Name, true);
                    break;

                // References inside quotes are replaced by paths as well.
                case Literal { Value: var value } when value.Contains("${", StringComparison.Ordinal):
                    foreach (var one in Reference.All(value).Where(one => !one.IsLastSaved))
                    {
                        names.TryAdd(one.Name, true);
                    }

                    break;
                default:
                    break;
            }
        }

        Names = names.Keys;
    }

    /// <summary>The tree; null when the text is not XPath.</summary>
    public XPathExpression? Tree { get; }

    /// <summary>Why the text is not XPath; null when it is.</summary>
    public XPathError? Error { get; }

    /// <summary>All parts of the tree, each before what is inside it; empty when there is none.</summary>
    public IReadOnlyList<XPathNode> Parts { get; }

    /// <summary>Names of the questions of this submission that the expression reads, each once and in order.</summary>
    public IReadOnlyCollection<string> Names { get; }
}
