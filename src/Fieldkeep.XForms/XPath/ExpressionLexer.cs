using System.Text.RegularExpressions;

namespace Fieldkeep.XForms.XPath;

/// <summary>
/// Cuts a text that may or may not be an XPath expression into tokens. At each position the
/// first rule that matches wins, not the longest.
/// </summary>
internal static partial class ExpressionLexer
{
    private const string Start =
        @"[A-Za-z_\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F"
        + @"\u2C00-\u2FEF\u3001-\uDFFF\uF900-\uFDCF\uFDF0-\uFFFD]";

    private const string Part = @"(?:" + Start + @"|[-.0-9\u00B7\u0300-\u036F\u203F\u2040])";

    private const string Name = Start + Part + "*";

    private const string QualifiedName = Name + "(?::" + Name + ")?";

    private const string Zone = @"(?:\.\d+)?(?:[+-]\d\d:\d\d|Z)?";

    private const string Rules =
        @"\G(?:(?<instant>-?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d" + Zone + @"|-?\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d" + Zone + ")"
        + @"|(?<number>-?\d+\.\d*|-?\.\d+|-?\d+)"
        + @"|(?<math>[*+-]| mod | div )"
        + @"|(?<operator>!=|<=|>=|[=<>]| and | or )"
        + @"|(?<union>\|)"
        + @"|(?<other>\(|\{|\.\.|\.|/)"
        + @"|(?<close>\))"
        + @"|(?<predicateStart>\[)"
        + @"|(?<literal>""[^""]*""|'[^']*')"
        + @"|(?<other>,)"
        + @"|(?<space>\s+)"
        + @"|(?<reference>\$\{(?:last-saved\#)?" + Name + @"\})"
        + "|(?<function>" + QualifiedName + @"\()"
        + "|(?<predicateStart>" + QualifiedName + @"\[)"
        + @"|(?<predicateEnd>\])"
        + "|(?<other>" + Name + "://|" + QualifiedName + @"|\$\{|\}|[\s\S]))";

    private static readonly (string Group, ExpressionTokenKind Kind)[] Kinds =
    [
        ("space", ExpressionTokenKind.Space),
        ("math", ExpressionTokenKind.Math),
        ("operator", ExpressionTokenKind.Operator),
        ("union", ExpressionTokenKind.Union),
        ("close", ExpressionTokenKind.CloseParenthesis),
        ("literal", ExpressionTokenKind.Literal),
        ("reference", ExpressionTokenKind.Reference),
        ("function", ExpressionTokenKind.Function),
        ("predicateStart", ExpressionTokenKind.PredicateStart),
        ("predicateEnd", ExpressionTokenKind.PredicateEnd),
        ("instant", ExpressionTokenKind.Instant),
        ("number", ExpressionTokenKind.Number),
    ];

    /// <summary>Cuts a text into tokens; the tokens cover the whole text.</summary>
    public static IEnumerable<ExpressionToken> Tokens(string text)
    {
        for (var match = NextToken().Match(text); match.Success && match.Length > 0; match = match.NextMatch())
        {
            yield return new ExpressionToken(KindOf(match), match.Index, match.Length);
        }
    }

    private static ExpressionTokenKind KindOf(Match match)
    {
        foreach (var (group, kind) in Kinds)
        {
            if (match.Groups[group].Success)
            {
                return kind;
            }
        }

        return ExpressionTokenKind.Other;
    }

    [GeneratedRegex(Rules, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex NextToken();
}
