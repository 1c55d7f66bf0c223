using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Fieldkeep.XForms.Tests.Conformance;

/// <summary>Knows what two XForms may write differently and still mean the same: prefixes and white space in XPath.</summary>
internal static partial class CanonicalNames
{
    public static readonly XNamespace Elements = "http://www.w3.org/2002/xforms";
    public static readonly XNamespace Html = "http://www.w3.org/1999/xhtml";
    public static readonly XNamespace JavaRosa = "http://openrosa.org/javarosa";

    private static readonly Dictionary<string, string> Prefixes = new(StringComparer.Ordinal)
    {
        [Elements.NamespaceName] = "",
        [Html.NamespaceName] = "h:",
        [JavaRosa.NamespaceName] = "jr:",
        ["http://openrosa.org/xforms"] = "orx:",
        ["http://www.opendatakit.org/xforms"] = "odk:",
        ["http://www.opendatakit.org/xforms/entities"] = "entities:",
    };

    private static readonly HashSet<XName> XPathAttributes =
    [
        "relevant", "constraint", "calculate", "required", "readonly", "nodeset", "ref", "query", "value",
        JavaRosa + "count",
    ];

    private static readonly HashSet<XName> MessageAttributes =
        [JavaRosa + "constraintMsg", JavaRosa + "requiredMsg", JavaRosa + "noAppErrorString"];

    /// <summary>Writes a name with the usual prefix.</summary>
    public static string Show(XName name) =>
        name.NamespaceName.Length == 0
            ? name.LocalName
            : Prefixes.GetValueOrDefault(name.NamespaceName, $"{{{name.NamespaceName}}}") + name.LocalName;

    /// <summary>Joins the tokens of an expression, so that spaces between them do not count.</summary>
    public static string Tokens(string expression) =>
        string.Join('\u0001', Token().Matches(expression).Select(match => match.Value).Where(t => t.Trim().Length > 0));

    /// <summary>Says whether two values of one attribute mean the same.</summary>
    public static bool IsSame(XElement element, XName attribute, string expected, string actual)
    {
        if (expected == actual)
        {
            return true;
        }

        var isExpression = XPathAttributes.Contains(attribute)
            ? attribute != "value" || element.Name != Elements + "item"
            : MessageAttributes.Contains(attribute) && expected.TrimStart().StartsWith("jr:itext(", StringComparison.Ordinal);
        return isExpression && Tokens(expected) == Tokens(actual);
    }

    [GeneratedRegex(
        """\s+|"[^"]*"|'[^']*'|\d+(?:\.\d*)?|\.\d+|[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?|::|//|\.\.|!=|<=|>=|.""",
        RegexOptions.Singleline,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex Token();
}
