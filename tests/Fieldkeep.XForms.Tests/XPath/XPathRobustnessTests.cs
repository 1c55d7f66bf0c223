using System.Text;
using System.Xml.Linq;
using Fieldkeep.Fuzz;
using Fieldkeep.XForms.Tests.Conformance;
using Fieldkeep.XForms.XPath;
using Xunit;

namespace Fieldkeep.XForms.Tests.XPath;

/// <summary>Gives the parser everything that forms hold, and much that they should not.</summary>
public sealed class XPathRobustnessTests
{
    private const int Length = 1_000_000;
    private const int FewestExpressions = 15_000;

    private static readonly string[] Attributes = ["relevant", "constraint", "calculate", "readonly", "required", "nodeset", "value", "ref"];

    /// <summary>What authors wrote where an expression belongs, and the reference copied.</summary>
    private static readonly string[] NoExpressions =
    [
        "pulldata('OtherID', 'ParticipantID', ParticipantIDValue',.)",
        "instance(\"c1\")/root/item[name &lt;&gt; 1 and \"&lt;&gt;&amp;\" = \"1\"]/label",
        "$(myField)='1'",
        "£¥§©®₱₩",
        "because pyxform doesn't know what to do",
        "instance('names_list')/root/item[label::English != '']",
        "45 + $(demo_integer)",
        "1990-01-01 00:00:00",
        "14:30:00",
        "2024-06-11T14:30:00",
        "if( /data/num <1,0,1",
    ];

    private static readonly string[] Pieces =
    [
        "${a}", "${last-saved#b}", "${", "}", "$", "1", ".5", "5.", "'x'", "\"y\"", "'", "(", ")", "[", "]", "/", "//", ".", "..",
        "@", "::", ":", "*", "+", "-", "=", "!=", "<", "<=", ">", "|", ",", " and ", " or ", " div ", " mod ", "and", "div", "a",
        "b:c", "f(", "node()", "child", "ancestor::", " ", "\n", "é", "\U0001F333", "\ud800", "\u200b", "&", "!", "#", "\0",
    ];

    [Fact]
    public void Every_expression_of_every_known_form_is_read_and_written_back()
    {
        var failures = new List<string>();
        var expressions = new HashSet<string>(StringComparer.Ordinal);
        foreach (var xform in XForms())
        {
            var attributes = XDocument.Parse(xform).Descendants().Attributes();
            expressions.UnionWith(attributes.Where(one => Attributes.Contains(one.Name.LocalName)
                && one.Parent?.Name.LocalName != "submission").Select(one => one.Value));
        }

        Assert.All(NoExpressions, text => Assert.False(XPathParser.TryParse(text, out _, out _)));
        foreach (var text in expressions.Except(NoExpressions, StringComparer.Ordinal))
        {
            if (!XPathParser.TryParse(text, out var tree, out var error))
            {
                failures.Add($"{text}\n    {error.Message}");
            }
            else if (!XPathParser.TryParse(tree.ToString(), out var again, out _) || !tree.Equals(again))
            {
                failures.Add($"{text}\n    is written as {tree}");
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {expressions.Count}:\n{string.Join('\n', failures)}");
        Assert.True(expressions.Count >= FewestExpressions, $"Only {expressions.Count} expressions were read.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_texts_give_a_tree_or_an_error(ulong seed)
    {
        var dice = new Dice(seed, 0);
        var trees = 0;
        for (var i = 0; i < 30_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, 1 + dice.Next(11)).Select(_ => dice.Of(Pieces)));
            if (XPathParser.TryParse(text, out var tree, out var error))
            {
                trees++;
                Assert.True(XPathParser.TryParse(tree.ToString(), out var again, out _), $"{text} is written as {tree}");
                Assert.True(tree.Equals(again), $"{text} is written as {tree}");
            }
            else
            {
                Assert.InRange(error.Position, 0, text.Length);
                Assert.NotEmpty(error.Message);
            }
        }

        Assert.InRange(trees, 1_000, 29_000);
    }

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("f(", "1", ")")]
    [InlineData("-", "1", "")]
    [InlineData("a[", "1", "]")]
    [InlineData("a/b[c + -(d or f(", "1", "))]")]
    public void Nesting_is_bounded_and_told(string open, string inside, string close)
    {
        var levels = open.Count(c => c is '(' or '[' or '-');
        var deepest = XPathParser.MaxNesting / levels;
        Assert.True(XPathParser.TryParse(Nested(deepest), out var tree, out var error), error?.Message);
        Assert.True(XPathParser.TryParse(tree.ToString(), out var again, out _));
        Assert.Equal(tree, again);

        Assert.False(XPathParser.TryParse(Nested(deepest + 1), out _, out error));
        Assert.Contains("more than 300", error.Message, StringComparison.Ordinal);
        Assert.False(XPathParser.TryParse(string.Concat(Enumerable.Repeat(open, Length / open.Length)), out _, out error));
        Assert.Contains("more than 300", error.Message, StringComparison.Ordinal);

        string Nested(int count) => new StringBuilder()
            .Insert(0, open, count).Append(inside).Insert(open.Length * count + inside.Length, close, count).ToString();
    }

    private static IEnumerable<string> XForms()
    {
        var folder = ConformanceFolder.Require("xlsform");
        var cases = ConformanceCase.ReadCases(folder).Concat(ConformanceCase.ReadFiles(folder)).Select(one => one.XForm).OfType<string>();
        var real = Path.Combine(folder, "real");
        return cases.Concat(TabbedFile.Read(Path.Combine(real, "index.tsv")).Select(line => File.ReadAllText(Path.Combine(real, line["xml"]))));
    }
}
