using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Xml;

/// <summary>Tests how XML text is written.</summary>
public sealed class XFormWriterTests
{
    [Fact]
    public void Elements_are_indented_and_empty_ones_closed_at_once() =>
        Assert.Equal(
            "<?xml version=\"1.0\"?>\n<a>\n  <b c=\"1\"/>\n</a>\n",
            new XFormWriter().Start("a").Start("b").Attribute("c", "1").End().End().ToString());

    [Fact]
    public void Elements_with_text_stay_on_one_line_with_all_they_hold() =>
        Assert.Equal(
            "<?xml version=\"1.0\"?>\n<a>\n  <b>one <c/> two</b>\n</a>\n",
            new XFormWriter().Start("a").Start("b").Text("one ").Start("c").End().Text(" two").End().End().ToString());

    [Theory]
    [InlineData("a < b & c > d", "a &lt; b &amp; c &gt; d")]
    [InlineData("\"quoted\"", "\"quoted\"")]
    [InlineData("two\r\nlines\rthree", "two\nlines\nthree")]
    public void Text_is_escaped(string text, string written) =>
        Assert.EndsWith($"<a>{written}</a>\n", new XFormWriter().Leaf("a", text).ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("a < b & \"c\"", "a &lt; b &amp; &quot;c&quot;")]
    [InlineData("two\r\nlines\tthree", "two lines three")]
    public void Attributes_are_escaped(string text, string written) =>
        Assert.EndsWith(
            $"<a b=\"{written}\"/>\n",
            new XFormWriter().Start("a").Attribute("b", text).End().ToString(),
            StringComparison.Ordinal);

    [Fact]
    public void An_attribute_is_written_once() =>
        Assert.EndsWith(
            "<a b=\"1\"/>\n",
            new XFormWriter().Start("a").Attribute("b", "1").Attribute("b", "2").End().ToString(),
            StringComparison.Ordinal);
}
