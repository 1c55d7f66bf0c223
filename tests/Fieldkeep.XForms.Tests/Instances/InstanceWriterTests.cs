using System.Buffers;
using System.Xml.Linq;
using Fieldkeep.Fuzz;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Instances;

public sealed class InstanceWriterTests
{
    private const string Household = """
        | survey   | type         | name   | label  | save_to |
        |          | text         | place  | Place  |         |
        |          | begin repeat | member | Member |         |
        |          | text         | who    | Who    | full_name |
        |          | integer      | age    | Age    |         |
        |          | begin repeat | job    | Job    |         |
        |          | text         | what   | What   |         |
        |          | end repeat   |        |        |         |
        |          | end repeat   |        |        |         |
        |          | begin group  | end    | End    |         |
        |          | text         | note   | Note   |         |
        |          | end group    |        |        |         |
        | settings | form_id | version | instance_name |
        |          | h<h>"   | 7       | ${place}      |
        | entities | list_name | label  |
        |          | people    | ${who} |
        """;

    private static readonly XForm Form = Read(Household);

    [Fact]
    public void An_instance_has_every_node_in_the_order_of_the_form()
    {
        var answers = new InstanceAnswers();
        answers.Set("/meta/instanceID", "uuid:1");
        answers.Set("/meta/deprecatedID", "uuid:0");
        answers.Set("/end/note", "a < b & c");
        answers.Set("/member[2]/job[1]/what", "farmer");
        answers.Set("/member[1]/who", "Ada");
        answers.Set("/member[1]/meta/entity/@id", "e1");
        answers.Set("/member[1]/meta/entity/@create", "1");

        var root = XDocument.Parse(Write(answers)).Root;

        Assert.Equal(
            """
            <data id="h&lt;h&gt;&quot;" version="7"><place /><member><who>Ada</who><age /><meta><entity dataset="people" id="e1" create="1"><label /></entity></meta></member><member><who /><age /><job><what>farmer</what></job><meta><entity dataset="people"><label /></entity></meta></member><end><note>a &lt; b &amp; c</note></end><meta><instanceID>uuid:1</instanceID><instanceName /><deprecatedID>uuid:0</deprecatedID></meta></data>
            """,
            root?.ToString(SaveOptions.DisableFormatting));
    }

    [Fact]
    public void Any_answers_are_read_back_as_they_were_written()
    {
        var forms = Forms();
        for (var seed = 0u; seed < 2_000; seed++)
        {
            var dice = new Dice(seed, 0);
            var form = dice.Of(forms);
            var answers = SomeAnswers.To(form, dice);
            var output = new ArrayBufferWriter<byte>();
            InstanceWriter.Write(form, answers, output);

            Assert.Equal(SomeAnswers.Expected(answers), SomeAnswers.Read(output.WrittenSpan, form));
            var head = InstanceReader.ReadHead(output.WrittenSpan, AttachmentPaths.None);
            Assert.Equal((form.Id, form.Version, answers.Find("/meta/instanceID")), (head.FormId, head.Version, head.InstanceId));
        }
    }

    [Fact]
    public void A_character_that_XML_cannot_hold_is_refused_by_its_place()
    {
        // Lone halves of a pair cannot stand in an attribute of a test.
        foreach (var bad in (char[])['\u0000', '\u0001', '\u001F', '\uFFFE', '\uFFFF', '\uD800', '\uDC00'])
        {
            var answers = Minimal();
            answers.Set("/place", $"ab{bad}c");

            var refused = Assert.Throws<InstanceException>(() => Write(answers));

            Assert.Equal(InstanceFault.IllegalCharacter, refused.Fault);
            Assert.Contains("/place", refused.Message, StringComparison.Ordinal);
            Assert.Contains($"U+{(int)bad:X4} at position 2", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/plase")]
    [InlineData("/place[2]")]
    [InlineData("/place/deeper")]
    [InlineData("/@other")]
    [InlineData("/place/@xmlns")]
    [InlineData("/place/@other")]
    [InlineData("/meta/unknown")]
    public void An_answer_without_a_place_in_the_form_is_refused(string path)
    {
        var answers = Minimal();
        answers.Set(path, "x");

        Assert.Equal(InstanceFault.UnknownPath, Assert.Throws<InstanceException>(() => Write(answers)).Fault);
    }

    [Fact]
    public void An_instance_without_id_is_refused() =>
        Assert.Equal(InstanceFault.MissingInstanceId, Assert.Throws<InstanceException>(() => Write(new InstanceAnswers())).Fault);

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("place")]
    [InlineData("/place/")]
    [InlineData("/member[0]/who")]
    [InlineData("/member[x]/who")]
    [InlineData("/member[1/who")]
    [InlineData("/@id/who")]
    [InlineData("/@")]
    public void A_malformed_path_is_refused(string path) => Assert.Throws<ArgumentException>(() => Minimal().Set(path, "x"));

    [Fact]
    public void Ten_megabytes_of_text_are_written_and_read_back()
    {
        var text = string.Concat(Enumerable.Repeat("Zwölf Boxkämpfer & <zwei> 😀\r\n", 350_000));
        Assert.True(text.Length > 10_000_000);
        var answers = Minimal();
        answers.Set("/end/note", text);
        var output = new ArrayBufferWriter<byte>();
        InstanceWriter.Write(Form, answers, output);

        Assert.True(SomeAnswers.Read(output.WrittenSpan, Form)["/end/note"] == text);
    }

    [Theory]
    [InlineData("/member[200000000]/who")]
    [InlineData("/member[2147483647]/who")]
    public void More_rows_than_an_instance_may_have_are_refused(string path)
    {
        var answers = Minimal();
        answers.Set(path, "x");

        Assert.Equal(InstanceFault.TooLarge, Assert.Throws<InstanceException>(() => Write(answers)).Fault);
    }

    [Fact]
    public void A_repeat_may_have_empty_rows()
    {
        var answers = Minimal();
        answers.SetRows("/member", 3);

        Assert.Equal(3, XDocument.Parse(Write(answers)).Root?.Elements("member").Count());
    }

    private static InstanceAnswers Minimal()
    {
        var answers = new InstanceAnswers();
        answers.Set("/meta/instanceID", "uuid:1");
        return answers;
    }

    private static string Write(InstanceAnswers answers)
    {
        var output = new ArrayBufferWriter<byte>();
        InstanceWriter.Write(Form, answers, output);
        return SomeAnswers.Utf8(output.WrittenSpan);
    }

    private static XForm Read(string table) =>
        XFormReader.Read(XlsFormCompiler.Compile(MarkdownReader.Read(table), new CompileOptions()).XForm ?? "");

    /// <summary>The household form, and up to forty of the real ones where they are at hand.</summary>
    private static List<XForm> Forms() =>
        [Form, .. Directory.EnumerateFiles(ConformanceFolder.Require("xlsform/real"), "*.xml").Order(StringComparer.Ordinal)
            .Where((_, index) => index % 5 == 0).Select(file => XFormReader.Read(File.ReadAllText(file))).Where(form => form.Root.Children.Count > 0)];
}
