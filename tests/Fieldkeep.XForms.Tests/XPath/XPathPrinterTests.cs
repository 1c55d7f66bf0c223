using Fieldkeep.XForms.XPath;
using Xunit;

namespace Fieldkeep.XForms.Tests.XPath;

/// <summary>Prints trees and reads them back.</summary>
public sealed class XPathPrinterTests
{
    [Theory]
    [InlineData(" ${a}+1", "${a} + 1")]
    [InlineData("((1+2))*(3)", "(1 + 2) * 3")]
    [InlineData("1-(2-3)", "1 - (2 - 3)")]
    [InlineData("(1-2)-3", "1 - 2 - 3")]
    [InlineData("(a or b) and not( c )", "(a or b) and not(c)")]
    [InlineData("- ( - 1 )", "--1")]
    [InlineData("-(1+2)", "-(1 + 2)")]
    [InlineData("(-a)|b", "(-a) | b")]
    [InlineData("-(a|b)", "-a | b")]
    [InlineData("(a|b)/c", "(a | b)/c")]
    [InlineData("(a/b)/c", "(a/b)/c")]
    [InlineData("(a[1])[2]", "(a[1])[2]")]
    [InlineData("(f()[1])[2]", "(f()[1])[2]")]
    [InlineData("(1)[1]", "1[1]")]
    [InlineData("(a = b)[1]/c", "(a = b)[1]/c")]
    [InlineData("/descendant-or-self::node()/a", "//a")]
    [InlineData("a/descendant-or-self::node()", "a/descendant-or-self::node()")]
    [InlineData("a//descendant-or-self::node()/b", "a//descendant-or-self::node()/b")]
    [InlineData("descendant-or-self::node()/b", "descendant-or-self::node()/b")]
    [InlineData("parent::node()/self::node()/child::x/attribute::y", ".././x/@y")]
    [InlineData("self::node()[1]", "self::node()[1]")]
    [InlineData("/", "/")]
    [InlineData("(/) * 2", "(/) * 2")]
    [InlineData("(/) div 2", "(/) div 2")]
    [InlineData("(/) mod 2 and (/) or a", "(/) mod 2 and (/) or a")]
    [InlineData("2 * /", "2 * (/)")]
    [InlineData("1 = (/) and 2", "1 = (/) and 2")]
    [InlineData("-(/) * 2", "-(/) * 2")]
    [InlineData("a | (/) and b", "a | (/) and b")]
    [InlineData("count(/)", "count(/)")]
    [InlineData("(/)[1]", "(/)[1]")]
    [InlineData("(/)/a", "(/)/a")]
    [InlineData("p:* * p:*", "p:* * p:*")]
    [InlineData("\"it's\"", "\"it's\"")]
    [InlineData("\"plain\"", "'plain'")]
    [InlineData("${last-saved#a}/b", "${last-saved#a}/b")]
    [InlineData("processing-instruction( 'p' )", "processing-instruction('p')")]
    public void A_tree_is_written_in_short_form_and_read_back_the_same(string text, string printed)
    {
        Assert.True(XPathParser.TryParse(text, out var tree, out var error), error?.Message);
        Assert.Equal(printed, XPathPrinter.Print(tree));
        Assert.True(XPathParser.TryParse(printed, out var again, out _));
        Assert.Equal(Outline.Of(tree), Outline.Of(again));
        Assert.Equal(tree, again);
    }

    [Fact]
    public void A_text_with_both_quotes_is_joined_from_two() =>
        Assert.Equal("concat('a', \"'\", 'b\"c')", new Literal("a'b\"c") { Start = 0, End = 0 }.ToString());
}
