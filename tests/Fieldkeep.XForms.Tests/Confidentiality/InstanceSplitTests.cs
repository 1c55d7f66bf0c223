using System.Buffers;
using System.Text;
using System.Xml.Linq;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Instances;
using Xunit;

namespace Fieldkeep.XForms.Tests.Confidentiality;

public sealed class InstanceSplitTests
{
    private static readonly ConfidentialPlan People = ConfidentialPlanTests.Plan("""
        | survey | type         | name  | label | confidential | confidential_radius |
        |        | text         | head  | Head  | yes          |                     |
        |        | text         | crop  | Crop  |              |                     |
        |        | begin repeat | child | Child |              |                     |
        |        | text         | name  | Name  | yes          |                     |
        |        | integer      | age   | Age   |              |                     |
        |        | image        | face  | Face  | yes          |                     |
        |        | end repeat   |       |       |              |                     |
        |        | geopoint     | home  | Home  | yes          | 500                 |
        |        | geotrace     | way   | Way   | yes          |                     |
        """);

    private static readonly PlaceMask Mask = new("uuid:1", (_, mac) => mac.Fill(0x40));

    private const string Sent = """
        <?xml version='1.0' ?>
        <!-- head --><data id="people" version="1" xmlns:orx="http://openrosa.org/xforms">
          <head a="1">Amal &amp; Co</head><crop>bean</crop>
          <child><name><![CDATA[Bo]]></name><age>3</age><face/></child>
          <child><name/><age>5</age><face >f.jpg</face></child>
          <child><name>C<!-- c -->y</name><age>7</age><face>g&#46;jpg</face></child>
          <home>15.5 32.5 400 5</home><way>1 2;3 4</way>
          <orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta>
        </data>
        """;

    [Fact]
    public void Nothing_confidential_stays_and_everything_comes_back()
    {
        var (masked, result) = Split(Sent);

        Assert.DoesNotContain("Amal", masked, StringComparison.Ordinal);
        Assert.DoesNotContain("Bo", masked, StringComparison.Ordinal);
        Assert.DoesNotContain("jpg", masked, StringComparison.Ordinal);
        Assert.DoesNotContain("15.5 ", masked, StringComparison.Ordinal);
        Assert.DoesNotContain("3 4", masked, StringComparison.Ordinal);
        Assert.Contains("<head fk:confidential=\"1\"/><crop>bean</crop>", masked, StringComparison.Ordinal);
        Assert.Contains("<child><name fk:confidential=\"4\"/><age>5</age><face fk:confidential=\"5\"/></child>", masked, StringComparison.Ordinal);
        Assert.Contains("fk:radius=\"500\">15.", masked, StringComparison.Ordinal);
        Assert.Equal(["f.jpg", "g.jpg"], result.Files);
        Assert.Equal("/data/child[2]/name", result.Values[3].Place);
        Assert.Equal(Sent, Merge(masked, result.Values));
    }

    [Fact]
    public void An_instance_that_needs_no_XML_declaration_or_is_in_another_encoding_is_split_too()
    {
        const string text = "<?xml version=\"1.0\" encoding=\"utf-16\"?><data id=\"p\"><head>é</head></data>";
        var output = new ArrayBufferWriter<byte>();
        var result = InstanceSplit.Split([0xFF, 0xFE, .. Encoding.Unicode.GetBytes(text)], People, null, null, output);

        Assert.Equal(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><data id=\"p\"><head>é</head></data>",
            Merge(Encoding.UTF8.GetString(output.WrittenSpan), result.Values));
        var marked = "\uFEFF<data id=\"p\"><head>\uFEFF</head></data>";
        Assert.Equal(marked, Merge(Split(marked).Masked, Split(marked).Result.Values));
    }

    [Theory]
    [InlineData("<data id='p'><crop fk:confidential='1'>x</crop></data>", "<crop>x</crop>")]
    [InlineData("<data id='p'><crop fk:radius='9' fk:confidential=\"99999999999999999999\" b='1'>x</crop></data>", "<crop b='1'>x</crop>")]
    [InlineData("<data id='p' fk:confidential='1'><old><crop xmlns:fk='https://fieldkeep.org/xforms/confidential' fk:confidential='1'/></old></data>", "<old><crop/></old>")]
    [InlineData("<data id='p'><head fk:confidential='7'/></data>", "<head fk:confidential=\"1\"/>")]
    [InlineData("<data id='p'><x:head x:confidential='7'>Z<u>Z</u></x:head></data>", "<x:head fk:confidential=\"1\"/>")]
    public void Marks_a_client_sends_are_cleaned(string sent, string expected) =>
        Assert.Contains(expected, Split(sent).Masked, StringComparison.Ordinal);

    [Fact]
    public void A_mark_posted_back_keeps_the_answer_wherever_the_row_went()
    {
        var (masked, first) = Split(Sent);
        var rows = masked.Split("<child>");
        var turned = rows[0] + "<child>" + rows[3][..rows[3].IndexOf("</child>", StringComparison.Ordinal)] + "</child><child><name/><age>0</age><face/></child><child>" + rows[1] + rows[3][(rows[3].IndexOf("</child>", StringComparison.Ordinal) + 8)..];

        var (again, result) = Split(turned, new SplitEdit(first.Values, EmptyKeeps: true));

        var whole = Merge(again, result.Values);
        Assert.Contains("<child><name>C<!-- c -->y</name><age>7</age><face>g&#46;jpg</face></child><child><name/><age>0</age><face/></child><child><name><![CDATA[Bo]]></name>", whole, StringComparison.Ordinal);
        Assert.Contains("<home>15.5 32.5 400 5</home>", whole, StringComparison.Ordinal);
        Assert.Equal(["/data/child[2]/name Removed", "/data/child[2]/face Removed"], result.Changes.Select(change => $"{change.Place} {change.Kind}"));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 6)]
    public void A_client_that_drops_marks_keeps_answers_by_place_when_it_cannot_read_them(bool emptyKeeps, int changes)
    {
        var (masked, first) = Split(Sent);
        var dropped = System.Text.RegularExpressions.Regex.Replace(
            masked, " fk:(confidential|radius|marks)=\"[0-9a-z]+\"", "", System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));

        var (again, result) = Split(dropped, new SplitEdit(first.Values, emptyKeeps));

        Assert.Equal(changes, result.Changes.Count);
        if (emptyKeeps)
        {
            Assert.Equal(Sent, Merge(again, result.Values));
        }
    }

    [Fact]
    public void Another_value_is_told_and_taken_whatever_mark_it_bears()
    {
        var (masked, first) = Split(Sent);
        var edited = masked
            .Replace("<head fk:confidential=\"1\"/>", "<head fk:confidential=\"1\">Zed</head>", StringComparison.Ordinal)
            .Replace("<way fk:confidential=\"9\"/>", "<way fk:confidential=\"1\"/>", StringComparison.Ordinal);

        var (_, result) = Split(edited, new SplitEdit(first.Values, EmptyKeeps: true));

        Assert.Equal([new ConfidentialChange("/data/head", ConfidentialChangeKind.Replaced)], result.Changes);
        Assert.Equal("Zed", Encoding.UTF8.GetString(result.Values[0].Text));
        Assert.Equal("1 2;3 4", Encoding.UTF8.GetString(result.Values[8].Text));
    }

    [Fact]
    public void One_mark_used_twice_gives_its_answer_once()
    {
        var (_, first) = Split(Sent);
        const string edited = "<data id='p'><child><name fk:confidential='2'/></child><child><name fk:confidential='2'/></child></data>";

        var (_, result) = Split(edited, new SplitEdit(first.Values, EmptyKeeps: true));

        Assert.Equal([12, 0], result.Values.Select(value => value.Text.Length == 0 ? 0 : 12));
    }

    [Fact]
    public void As_many_attributes_as_are_allowed_stay_readable_once_marks_are_added()
    {
        var attributes = string.Concat(Enumerable.Range(0, InstanceReader.MaxAttributes - 1).Select(at => $" a{at}='x'"));
        var sent = $"<data id='p'{attributes}><head{attributes} b='1'>Z</head><home {attributes}>1 2</home></data>";
        var (masked, result) = Split(sent);

        Assert.Equal(XDocument.Parse(sent).ToString(), XDocument.Parse(Merge(masked, result.Values)).ToString());
        var over = sent.Replace(" b='1'", " b='1' c='1'", StringComparison.Ordinal);
        Assert.Equal(InstanceFault.TooLarge, Assert.Throws<InstanceException>(() => Split(over)).Fault);
    }

    [Theory]
    [InlineData("<data id='p'><head>Z")]
    [InlineData("<data id='p'><head>Z</data></head>")]
    [InlineData("<data id='p'><head>&boom;</head></data>")]
    [InlineData("<!DOCTYPE data><data id='p'/>")]
    [InlineData("")]
    public void What_is_no_instance_is_refused(string sent) => Assert.Throws<InstanceException>(() => Split(sent));

    [Fact]
    public void A_record_reads_as_it_was_written_and_a_damaged_one_not_at_all()
    {
        var values = Split(Sent).Result.Values;
        var output = new ArrayBufferWriter<byte>();
        ConfidentialRecord.Write(values, output);
        var read = ConfidentialRecord.Read(output.WrittenSpan);

        Assert.Equal(values.Select(Shown), read.Select(Shown));
        for (var length = 0; length < output.WrittenCount; length++)
        {
            Assert.Throws<InvalidDataException>(() => ConfidentialRecord.Read(output.WrittenSpan[..length]));
        }

        Assert.Throws<InvalidDataException>(() => ConfidentialRecord.Read([.. output.WrittenSpan, 0]));
        Assert.Throws<InvalidDataException>(() => ConfidentialRecord.Read([2, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]));

        static string Shown(ConfidentialValue value) => $"{value.Number} {value.Path} {value.Place} {Convert.ToHexString(value.Head)} {Convert.ToHexString(value.Text)} {value.Masked} {value.Radius} {Convert.ToHexString(value.Row)} {value.Turn}";
    }

    private static (string Masked, SplitResult Result) Split(string xml, SplitEdit? edit = null)
    {
        var output = new ArrayBufferWriter<byte>();
        var result = InstanceSplit.Split(Encoding.UTF8.GetBytes(xml), People, Mask, edit, output);
        return (Encoding.UTF8.GetString(output.WrittenSpan), result);
    }

    private static string Merge(string masked, IReadOnlyList<ConfidentialValue> values)
    {
        var output = new ArrayBufferWriter<byte>();
        InstanceSplit.Merge(Encoding.UTF8.GetBytes(masked), values, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
