using System.Diagnostics;
using System.Text;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Xml;

public sealed class XFormReaderTests
{
    [Fact]
    public void A_form_is_read_with_its_identity_and_languages()
    {
        var form = XFormReader.Read(SmallForm.GardenForm);
        Assert.Equal(("garden", "3", "Garden", "data"), (form.Id, form.Version, form.Title, form.RootName));
        Assert.Null(form.RootNamespace);
        Assert.Equal(["English (en)", "Français (fr)"], form.Languages);
        Assert.Equal("Français (fr)", form.DefaultLanguage);
    }

    [Fact]
    public void Nodes_come_in_document_order_and_a_template_is_merged_with_its_first_occurrence()
    {
        var form = XFormReader.Read(SmallForm.GardenForm);
        Assert.Equal(
            [
                "/data", "/data/plot", "/data/beds", "/data/beds/crop", "/data/beds/photo", "/data/place",
                "/data/place/where", "/data/place/soil", "/data/tools", "/data/meta", "/data/meta/instanceID",
            ],
            form.ListElements().Select(element => element.Path));
        Assert.Equal(Enumerable.Range(0, 11), form.ListElements().Select(element => element.Order));
        Assert.IsType<RepeatElement>(form.Find("/data/beds"));
        Assert.IsType<GroupElement>(form.Find("/data/meta"));
    }

    [Fact]
    public void A_question_carries_its_bind_and_control()
    {
        var form = XFormReader.Read(SmallForm.GardenForm);
        var plot = Assert.IsType<QuestionElement>(form.Find("/data/plot"));
        Assert.Equal("true()", plot.Required);
        Assert.Equal("Name it", plot.ConstraintMessage.Find("Français (fr)"));
        Assert.Equal("Plot of ${tools} here", plot.Label.Find("English (en)"));
        Assert.Equal("Parcelle", plot.Label.Find("Français (fr)"));
        Assert.Equal("On the sign", plot.Hint.Find("anything"));
        var where = Assert.IsType<QuestionElement>(form.Find("/data/place/where"));
        Assert.Equal(DataType.Geopoint, where.DataType);
        Assert.Equal("Where", where.Label.Find(null));
        Assert.Equal("/data/plot != 'none'", where.Relevant);
        var photo = Assert.IsType<QuestionElement>(form.Find("/data/beds/photo"));
        Assert.Equal((DataType.Binary, "image/*"), (photo.DataType, photo.MediaType));
        Assert.Equal("clay", Assert.IsType<QuestionElement>(form.Find("/data/place/soil")).Default);
        Assert.Equal("Bed", form.Find("/data/beds")?.Label.Find(null));
    }

    [Fact]
    public void Choices_come_from_items_and_from_secondary_instances()
    {
        var form = XFormReader.Read(SmallForm.GardenForm);
        var crop = Assert.IsType<QuestionElement>(form.Find("/data/beds/crop"));
        var tools = Assert.IsType<QuestionElement>(form.Find("/data/tools"));
        Assert.Equal((DataType.SelectOne, false, "crops"), (crop.DataType, crop.IsMultiple, crop.ChoiceListId));
        Assert.Equal((DataType.SelectMultiple, true, "/data/tools"), (tools.DataType, tools.IsMultiple, tools.ChoiceListId));
        Assert.Equal("Haricot", form.ChoiceLists["crops"].Find("bean")?.Label.Find("Français (fr)"));
        Assert.Equal("Poireau", form.ChoiceLists["crops"].Find("leek")?.Label.Find("English (en)"));
        Assert.Equal(["spade", "rake"], form.ChoiceLists["/data/tools"].Choices.Select(choice => choice.Value));
    }

    [Fact]
    public void Attachments_are_media_tables_and_searches_but_never_the_last_saved_instance() => Assert.Equal(
        [
            new FormAttachment("plot.png", AttachmentKind.Image),
            new FormAttachment("plot.mp3", AttachmentKind.Audio),
            new FormAttachment("seeds.csv", AttachmentKind.File),
            new FormAttachment("plots.csv", AttachmentKind.File),
            new FormAttachment("soils.csv", AttachmentKind.File),
        ],
        XFormReader.Read(SmallForm.GardenForm).Attachments);

    [Fact]
    public void External_selects_need_itemsets_csv()
    {
        var form = XFormReader.Read(SmallForm.Of(
            """<instance><data id="x"><q/></data></instance><bind nodeset="/data/q" type="string"/>""",
            """<input ref="/data/q" query="instance('town')/root/item[state=/data/s]"><label>Q</label></input>"""));
        Assert.Equal([new FormAttachment("itemsets.csv", AttachmentKind.File)], form.Attachments);
        Assert.Equal(SelectKind.One, Assert.IsType<QuestionElement>(form.Find("/data/q")).SelectKind);
    }

    [Fact]
    public void Submission_settings_are_read()
    {
        var form = XFormReader.Read(SmallForm.Of("""
            <submission action="https://example.org/s" method="post" base64RsaPublicKey="TUlJ" orx:auto-send="true" orx:auto-delete="false"/>
            <instance><data id="x"><q/></data></instance>
            """));
        Assert.Equal("TUlJ", form.SubmissionPublicKey);
        Assert.Equal("https://example.org/s", form.SubmissionUrl);
        Assert.Equal(("true", "false"), (form.AutoSend, form.AutoDelete));
    }

    [Fact]
    public void A_saved_question_belongs_to_the_nearest_entity_declaration()
    {
        var form = XFormReader.Read(SmallForm.Of("""
            <instance><data id="x">
              <name/>
              <tree><height/><meta><entity dataset="trees" create="1" id=""><label/></entity></meta></tree>
              <meta><entity dataset="plots" update="1" id=""><label/></entity></meta>
            </data></instance>
            <bind nodeset="/data/name" entities:saveto="owner" type="string"/>
            <bind nodeset="/data/tree/height" entities:saveto="height" type="decimal"/>
            <bind nodeset="/data/tree/meta/entity/label" calculate="'T'"/>
            <bind nodeset="/data/tree/meta/entity/@create" calculate="../../../height &gt; 2"/>
            <bind nodeset="/data/meta/entity/@id" calculate="/data/name"/>
            """, """<group ref="/data/tree"><repeat nodeset="/data/tree"/></group>"""));
        Assert.Collection(
            form.Entities,
            tree =>
            {
                Assert.Equal(("trees", "/data/tree", true, false), (tree.Dataset, tree.ContainerPath, tree.Creates, tree.Updates));
                Assert.Equal(("../../../height > 2", "'T'"), (tree.CreateIf, tree.Label));
                Assert.Equal([new EntityProperty("height", "/data/tree/height")], tree.Properties);
            },
            plot =>
            {
                Assert.Equal(("plots", false, true, "/data/name"), (plot.Dataset, plot.Creates, plot.Updates, plot.Id));
                Assert.Equal([new EntityProperty("owner", "/data/name")], plot.Properties);
            });
    }

    [Fact]
    public void A_form_without_id_is_known_by_the_namespace_of_its_root()
    {
        var form = XFormReader.Read(SmallForm.Of(
            """<instance><survey xmlns="http://example.org/wells"><q/></survey></instance><bind id="b" nodeset="q" type="xsd:int"/>""",
            """<input bind="b"><label>How many?</label></input>"""));
        Assert.Equal("http://example.org/wells", form.Id);
        var question = Assert.IsType<QuestionElement>(form.Find("/survey/q"));
        Assert.Equal((DataType.Int, "How many?"), (question.DataType, question.Label.Find(null)));
    }

    [Theory]
    [InlineData("", XFormFault.NotXml)]
    [InlineData("name,label", XFormFault.NotXml)]
    [InlineData("<h:html xmlns:h='http://www.w3.org/1999/xhtml'><h:head>", XFormFault.NotXml)]
    [InlineData("<html>\0</html>", XFormFault.NotXml)]
    [InlineData("<!DOCTYPE html><html/>", XFormFault.Dtd)]
    [InlineData("<!DOCTYPE html [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><html>&e;</html>", XFormFault.Dtd)]
    [InlineData("<data/>", XFormFault.WrongRoot)]
    [InlineData("<html><head/></html>", XFormFault.MissingModel)]
    [InlineData("<html><head><model/></head></html>", XFormFault.MissingInstance)]
    [InlineData("<html><head><model><instance/></model></head></html>", XFormFault.MissingInstance)]
    [InlineData("<html><head><model><instance><data/></instance></model></head></html>", XFormFault.MissingFormId)]
    [InlineData("<html><head><model><instance><data id=' '/></instance></model></head></html>", XFormFault.MissingFormId)]
    public void What_is_no_form_is_refused_with_its_reason(string xml, XFormFault fault)
    {
        Assert.Equal(fault, Assert.Throws<XFormException>(() => XFormReader.Read(xml)).Fault);
        using var bytes = new MemoryStream(Encoding.UTF8.GetBytes(xml));
        Assert.Equal(fault, Assert.Throws<XFormException>(() => XFormReader.Read(bytes)).Fault);
    }

    [Fact]
    public void Every_truncation_of_a_form_is_refused()
    {
        var xml = SmallForm.GardenForm.TrimEnd();
        for (var length = 0; length < xml.Length; length += 7)
        {
            Assert.Equal(XFormFault.NotXml, Assert.Throws<XFormException>(() => XFormReader.Read(xml[..length])).Fault);
        }
    }

    [Fact]
    public void Nesting_beyond_the_limit_is_refused_with_its_place()
    {
        var nested = string.Concat(Enumerable.Repeat("<a>", 250)) + string.Concat(Enumerable.Repeat("</a>", 250));
        var refusal = Assert.Throws<XFormException>(() => XFormReader.Read(SmallForm.Of(nested)));
        Assert.Equal(XFormFault.TooDeep, refusal.Fault);
        Assert.True(refusal.Line > 1);
    }

    [Fact]
    public void A_message_never_repeats_the_content()
    {
        var refusal = Assert.Throws<XFormException>(() => XFormReader.Read("<html><secretvalue></other></html>"));
        Assert.DoesNotContain("secretvalue", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_thousand_questions_are_read_in_well_under_a_second()
    {
        var model = new StringBuilder("<instance><data id='big'>");
        var binds = new StringBuilder();
        var body = new StringBuilder();
        for (var i = 0; i < 10_000; i++)
        {
            model.Append("<q").Append(i).Append("/>");
            binds.Append("<bind nodeset='/data/q").Append(i).Append("' type='int'/>");
            body.Append("<input ref='/data/q").Append(i).Append("'><label>Question</label></input>");
        }

        var xml = SmallForm.Of($"{model}</data></instance>{binds}", body.ToString());
        var watch = Stopwatch.StartNew();
        var form = XFormReader.Read(xml);
        Assert.Equal(10_001, form.ListElements().Count());

        // Some 60 ms on the reference machine; the bound only catches a quadratic reader.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    [Theory]
    [InlineData("xlsform/real")]
    [InlineData("xlsform/files")]
    public void Every_form_of_the_conformance_collection_is_read(string folder)
    {
        var files = Directory.GetFiles(ConformanceFolder.Require(folder), "*.xml");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            using var stream = File.OpenRead(file);
            var form = XFormReader.Read(stream);
            var unknown = form.ListElements().OfType<QuestionElement>()
                .FirstOrDefault(question => question.ChoiceListId is { } id && !form.ChoiceLists.ContainsKey(id));
            Assert.True(unknown is null, $"{Path.GetFileName(file)}: {unknown?.Path} has an unknown list.");
            Assert.True(form.ListElements().Skip(1).Any(), Path.GetFileName(file));
        }
    }
}
