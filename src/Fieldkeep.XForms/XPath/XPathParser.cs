using System.Diagnostics.CodeAnalysis;

namespace Fieldkeep.XForms.XPath;

/// <summary>
/// Parses XPath 1.0 expressions as forms use them: the whole grammar, and <c>${name}</c> wherever a value can stand. One
/// pass, time linear in the text; whatever the text, it gives a tree or an error and never throws.
/// </summary>
public static class XPathParser
{
    /// <summary>
    /// Parentheses, predicates, arguments and minus signs inside each other. Deeper texts are refused so that no text can
    /// exhaust the stack; the deepest of 208 real forms has 30 levels.
    /// </summary>
    public const int MaxNesting = 300;

    /// <summary>Parses an expression; gives either the tree or the error.</summary>
    /// <param name="text">The expression as written in a cell or an attribute.</param>
    /// <param name="tree">The tree; null when the text is no expression.</param>
    /// <param name="error">The first mistake; null when there is none.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out XPathExpression? tree, [NotNullWhen(false)] out XPathError? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var reading = new XPathReading(text);
        tree = reading.Run();

        // Run gives null exactly when it noted a mistake.
        error = tree is null ? reading.Error! : null;
        return tree is not null;
    }
}
