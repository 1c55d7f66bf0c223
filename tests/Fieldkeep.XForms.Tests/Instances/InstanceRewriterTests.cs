using System.Buffers;
using System.Text;
using Fieldkeep.XForms.Instances;
using Xunit;

namespace Fieldkeep.XForms.Tests.Instances;

public sealed class InstanceRewriterTests
{
    [Fact]
    public void Answers_are_replaced_by_where_they_stand_and_the_rest_stays()
    {
        const string sent = """<data id="d" version="1"><a x="1">one</a><g><a>two &amp; three</a><b/></g><c><!-- c -->four</c></data>""";

        var (text, replaced) = Write(sent, (path, value) => path switch
        {
            "/a" => value + "<",
            "/g/a" => "",
            "/c" => "5",
            _ => null,
        });

        Assert.Equal("""<data id="d" version="1"><a x="1">one&lt;</a><g><a></a><b/></g><c>5</c></data>""", text);
        Assert.Equal(3, replaced);
    }

    [Fact]
    public void Attributes_are_answers_but_those_of_the_root_and_of_XML_itself()
    {
        const string sent = """<data id="who" xmlns:e="urn:e"><meta><e:entity e:id='who' dataset="people" label="" xmlns:who="who"/></meta></data>""";
        var seen = new List<string>();

        var (text, replaced) = Write(sent, (path, value) =>
        {
            seen.Add($"{path}={value}");
            return value == "who" ? "\"&" : null;
        });

        Assert.Equal(["/meta/entity/@id=who", "/meta/entity/@dataset=people"], seen);
        Assert.Equal(sent.Replace("e:id='who'", "e:id='&quot;&amp;'", StringComparison.Ordinal), text);
        Assert.Equal(1, replaced);
    }

    [Fact]
    public void Text_between_the_children_of_a_node_is_an_answer_of_the_node()
    {
        const string sent = "<data id=\"d\"><a>one<b>two</b>\n  <c/><![CDATA[three]]> and more</a></data>";

        var (text, replaced) = Write(sent, (path, _) => path == "/a" ? "" : null);

        Assert.Equal("<data id=\"d\"><a><b>two</b>\n  <c/></a></data>", text);
        Assert.Equal(2, replaced);
    }

    private static (string Text, int Replaced) Write(string sent, ReplaceAnswer replace)
    {
        var output = new ArrayBufferWriter<byte>();
        var replaced = InstanceRewriter.Write(Encoding.UTF8.GetBytes(sent), replace, output);
        return (Encoding.UTF8.GetString(output.WrittenSpan), replaced);
    }
}
