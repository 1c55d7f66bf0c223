using Fieldkeep.XForms.XPath;
using Xunit;

namespace Fieldkeep.XForms.Tests.XPath;

/// <summary>Gives the parser and the printer long texts: their work must grow with the length only.</summary>
[Collection(typeof(MeasuredAlone))]
public sealed class XPathGrowthTests
{
    private const int Length = 8_000;

    [Theory]
    [InlineData("1", " + 1")]
    [InlineData("a", " or a")]
    [InlineData("a", "|a")]
    [InlineData("a", "/a")]
    [InlineData("a", "[1]")]
    [InlineData("/", " = /")]
    [InlineData("${a}", "//a")]
    [InlineData("concat(1", ",1")]
    [InlineData("'a", "b")]
    [InlineData("1", "2")]
    [InlineData("1", " \n")]
    [InlineData("${a", "a")]
    [InlineData("1,", "2")]
    public void The_time_to_read_and_write_a_text_grows_with_its_length_only(string start, string more)
    {
        var end = start.StartsWith("concat", StringComparison.Ordinal) ? ")" : "";
        Growth.ShouldBeLinear(
            Length,
            length => start + string.Concat(Enumerable.Repeat(more, length / more.Length)) + end,
            text =>
            {
                if (XPathParser.TryParse(text, out var tree, out _))
                {
                    Assert.True(XPathParser.TryParse(tree.ToString(), out var again, out _));
                    Assert.Equal(tree, again);
                    Assert.NotEmpty(tree.DescendantsAndSelf());
                }
            });
    }
}
