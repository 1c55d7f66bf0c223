using System.Buffers;
using System.Text;
using Fieldkeep.Fuzz;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tests.Xml;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Instances;

public sealed class InstanceEditorTests
{
    private static readonly XForm Garden = XFormReader.Read(SmallForm.GardenForm);

    private const string Sent = """
        <?xml version='1.0'?>
        <!-- from a phone -->
        <data id='garden' version="3" xmlns:orx="http://openrosa.org/xforms">
          <plot >N &amp; S</plot>
          <beds><crop>bean</crop><photo/></beds>
          <beds ord="2"><crop><![CDATA[leek]]></crop><!-- blurred --><photo>1.jpg</photo></beds>
          <old><remark a="1">kept</remark></old>
          <place><where/><soil>cl<!-- ? -->ay</soil></place>
          <tools/>
          <orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta>
        </data>
        <!-- end -->
        """;

    [Fact]
    public void Without_changes_the_very_same_bytes_come_out()
    {
        Assert.Equal(Sent, Edit(Sent));
        var marked = (byte[])[0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Sent)];
        var output = new ArrayBufferWriter<byte>();
        InstanceEditor.Write(marked, Garden, new InstanceAnswers(), output);
        Assert.Equal(marked, output.WrittenSpan.ToArray());
    }

    [Theory]
    [InlineData("/plot", "A<B", "<plot >N &amp; S</plot>", "<plot >A&lt;B</plot>")]
    [InlineData("/plot", "", "<plot >N &amp; S</plot>", "<plot ></plot>")]
    [InlineData("/beds[2]/crop", "bean", "<crop><![CDATA[leek]]></crop>", "<crop>bean</crop>")]
    [InlineData("/beds/photo", "2.jpg", "<photo/>", "<photo>2.jpg</photo>")]
    [InlineData("/beds[2]/@ord", "\"2\"", "ord=\"2\"", "ord=\"&quot;2&quot;\"")]
    [InlineData("/old/remark", "seen", ">kept<", ">seen<")]
    [InlineData("/old/remark/@a", "2", "a=\"1\"", "a=\"2\"")]
    [InlineData("/place/soil", "sand", "cl<!-- ? -->ay", "sand<!-- ? -->")]
    [InlineData("/tools", "rake", "<tools/>", "<tools>rake</tools>")]
    [InlineData("/tools", "", "", "")]
    [InlineData("/meta/instanceID", "uuid:2", "uuid:1", "uuid:2")]
    [InlineData("/meta/deprecatedID", "uuid:1", "</orx:instanceID>", "</orx:instanceID><orx:deprecatedID>uuid:1</orx:deprecatedID>")]
    public void One_answer_changes_and_nothing_else(string path, string value, string before, string after)
    {
        var edited = Edit(Sent, (path, value));

        Assert.Equal(before.Length == 0 ? Sent : Sent.Replace(before, after, StringComparison.Ordinal), edited);
    }

    [Fact]
    public void Several_answers_change_in_one_pass() => Assert.Equal(
        """<data id="garden"><plot>1</plot><beds><crop>2</crop></beds><tools>3</tools></data>""",
        Edit(
            """<data id="garden"><plot/><beds><crop/></beds><tools>old</tools></data>""",
            ("/tools", "3"),
            ("/beds/crop", "2"),
            ("/plot", "1")));

    [Theory]
    [InlineData("<data id=\"g\"><plot/><tools/></data>", "<data id=\"g\"><plot/><place><where>1 2</where><soil>clay</soil></place><tools/></data>")]
    [InlineData("<data id=\"g\"><place><soil/></place></data>", "<data id=\"g\"><place><where>1 2</where><soil>clay</soil></place></data>")]
    [InlineData("<data id=\"g\"><place/></data>", "<data id=\"g\"><place><where>1 2</where><soil>clay</soil></place></data>")]
    [InlineData("<data id=\"g\"/>", "<data id=\"g\"><place><where>1 2</where><soil>clay</soil></place></data>")]
    [InlineData("<data id=\"g\"><x/></data>", "<data id=\"g\"><x/><place><where>1 2</where><soil>clay</soil></place></data>")]
    public void Questions_the_instance_lacks_are_added_at_their_place(string before, string after) =>
        Assert.Equal(after, Edit(before, ("/place/soil", "clay"), ("/place/where", "1 2")));

    [Theory]
    [InlineData("/unknown")]
    [InlineData("/beds[3]/crop")]
    [InlineData("/beds")]
    [InlineData("/place")]
    [InlineData("/old")]
    [InlineData("/meta/unknown")]
    [InlineData("/@id")]
    [InlineData("/@version")]
    [InlineData("/@xmlns")]
    [InlineData("/@xmlns:orx")]
    [InlineData("/plot/@xmlns")]
    [InlineData("/beds[2]/@new")]
    public void A_place_for_no_answer_is_refused(string path) => Assert.Equal(
        InstanceFault.UnknownPath, Assert.Throws<InstanceException>(() => Edit(Sent, (path, "x"))).Fault);

    [Fact]
    public void A_new_node_shares_the_prefix_of_its_parent_and_not_that_of_a_sibling()
    {
        Assert.Equal(
            "<data id=\"g\"><place><where>1 2</where><x:soil xmlns:x=\"urn:x\">clay</x:soil></place></data>",
            Edit("<data id=\"g\"><place><x:soil xmlns:x=\"urn:x\">clay</x:soil></place></data>", ("/place/where", "1 2")));
        Assert.Equal(
            "<g:data xmlns:g=\"urn:g\" id=\"g\"><g:plot>N</g:plot><g:tools/></g:data>",
            Edit("<g:data xmlns:g=\"urn:g\" id=\"g\"><g:tools/></g:data>", ("/plot", "N")));
    }

    [Fact]
    public void A_declaration_of_ASCII_becomes_one_of_UTF_8_and_a_byte_order_mark_stays()
    {
        Assert.Equal(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><data id=\"g\"><plot>é</plot></data>",
            Edit("<?xml version=\"1.0\" encoding=\"us-ascii\" standalone=\"yes\"?><data id=\"g\"><plot>e</plot></data>", ("/plot", "é")));
        Assert.Equal("\uFEFF<data id=\"g\"><plot>é</plot></data>", Edit("\uFEFF<data id=\"g\"><plot>e</plot></data>", ("/plot", "é")));
    }

    [Fact]
    public void Another_encoding_becomes_UTF_8_and_says_so()
    {
        var latin = Encoding.Latin1.GetBytes("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><data id=\"g\"><plot>é</plot><tools>ß</tools></data>");
        var changes = new InstanceAnswers();
        changes.Set("/plot", "ø");
        var output = new ArrayBufferWriter<byte>();
        InstanceEditor.Write(latin, Garden, changes, output);

        Assert.Equal(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><data id=\"g\"><plot>ø</plot><tools>ß</tools></data>",
            Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void A_broken_instance_writes_nothing()
    {
        var output = new ArrayBufferWriter<byte>();
        var changes = new InstanceAnswers();
        changes.Set("/plot", "x");

        Assert.Throws<InstanceException>(() => InstanceEditor.Write("<data id='g'><plot/>"u8, Garden, changes, output));
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void Edits_by_dice_change_what_they_name_and_nothing_else()
    {
        var form = XFormReader.Read(File.ReadAllText(
            Directory.EnumerateFiles(ConformanceFolder.Require("xlsform/real"), "*.xml").MaxBy(file => new FileInfo(file).Length) ?? ""));
        for (var seed = 0u; seed < 300; seed++)
        {
            var dice = new Dice(seed, 0);
            var output = new ArrayBufferWriter<byte>();
            InstanceWriter.Write(form, SomeAnswers.To(form, dice), output);
            var before = SomeAnswers.Read(output.WrittenSpan, form);
            var changes = new InstanceAnswers();
            foreach (var path in before.Keys.Where(_ => dice.Once(4)))
            {
                changes.Set(path, SomeAnswers.Text(dice));
            }

            var edited = new ArrayBufferWriter<byte>();
            InstanceEditor.Write(output.WrittenSpan, form, changes, edited);

            foreach (var path in changes.Paths)
            {
                before[path] = changes.Find(path) ?? "";
            }

            Assert.Equal(before.Where(pair => pair.Value.Length > 0), SomeAnswers.Read(edited.WrittenSpan, form));
        }
    }

    private static string Edit(string xml, params (string Path, string Value)[] answers)
    {
        var changes = new InstanceAnswers();
        foreach (var (path, value) in answers)
        {
            changes.Set(path, value);
        }

        var output = new ArrayBufferWriter<byte>();
        InstanceEditor.Write(Encoding.UTF8.GetBytes(xml), Garden, changes, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
