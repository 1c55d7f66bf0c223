using System.Globalization;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Export;
using Xunit;

namespace Fieldkeep.XForms.Tests.Export;

/// <summary>Exports forms that say more than a workbook can: what it cannot hold is told, and what it can stays as it was.</summary>
public sealed class ExportLossTests
{
    [Fact]
    public void A_text_with_both_quotes_is_set_as_it_was()
    {
        var exported = Export(Form(
            "<a/><b/><c/>",
            """<setvalue event="odk-instance-first-load" ref="/data/c">5" pipe, it's new</setvalue>""",
            """<input ref="/data/a"><label>A</label><setvalue event="xforms-value-changed" ref="/data/b">5" pipe, it's new</setvalue></input>"""));

        const string Joined = """concat('5" pipe, it', "'", 's new')""";
        Assert.Contains($"value=\"{Joined.Replace("\"", "&quot;", StringComparison.Ordinal)}\"", Compile(exported), StringComparison.Ordinal);
        Assert.Equal((Joined, "${a}"), (Cell(exported, "b", "calculation"), Cell(exported, "b", "trigger")));
        Assert.Equal(Joined, Cell(exported, "c", "default"));
        Assert.Empty(exported.Diagnostics);
    }

    [Theory]
    [InlineData("label", "q")]
    [InlineData("jr:itext(itextId)", "Translated")]
    public void A_choice_is_labelled_as_its_select_says(string reference, string expected)
    {
        var exported = Export(Form(
            "<a/>",
            """
            <itext><translation lang="en"><text id="q"><value>Translated</value></text><text id="a"><value>Which?</value></text></translation></itext>
            <instance id="l"><root><item><name>x</name><label>q</label><itextId>q</itextId></item></root></instance>
            """,
            $"""<select1 ref="/data/a"><label ref="jr:itext('a')"/><itemset nodeset="instance('l')/root/item"><value ref="name"/><label ref="{reference}"/></itemset></select1>"""));

        var choices = exported.Workbook.Sheets.Single(sheet => sheet.Name == "choices");
        var labels = choices.Header.Select((name, at) => (name, at)).Where(one => one.name?.StartsWith("label", StringComparison.Ordinal) == true).Select(one => choices.Rows[0].Cells[one.at]);
        Assert.Equal([expected], labels.OfType<string>());
    }

    [Fact]
    public void A_choice_whose_label_changes_is_told()
    {
        // In a list with one translated label the other becomes a translation too, and is missing in French.
        var exported = Export(Form(
            "<a/>",
            """
            <itext><translation lang="en"><text id="a-0"><value>Yes</value></text></translation><translation lang="fr"><text id="a-0"><value>Oui</value></text></translation></itext>
            """,
            """
            <select1 ref="/data/a"><label>A</label><item><label ref="jr:itext('a-0')"/><value>1</value></item><item><label>North</label><value>2</value></item></select1>
            """));

        AssertTold(exported, DiagnosticCode.ExportDiffers, "choice “2” in fr");
    }

    [Theory]
    [InlineData("concat('p-', uuid())", "odk-instance-first-load", true)]
    [InlineData("uuid()", "xforms-value-changed", true)]
    [InlineData("uuid()", "odk-instance-first-load", false)]
    public void An_id_of_an_entity_made_otherwise_is_told(string value, string when, bool isTold)
    {
        var exported = Export(Entity(
            "",
            $"""<setvalue event="{when}" ref="/data/meta/entity/@id" value="{value}"/>"""));

        Assert.Equal(isTold, exported.Diagnostics.Any(one => one.Message.Contains("/data/meta/entity/@id", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("/data/a/@foo")]
    [InlineData("/data/meta/entity/@dataset")]
    public void A_bind_of_an_attribute_that_no_sheet_holds_is_told(string path)
    {
        var exported = Export(Entity(
            $"""<bind nodeset="{path}" calculate="1 + 1"/>""",
            """<setvalue event="odk-instance-first-load" ref="/data/meta/entity/@id" value="uuid()"/>"""));

        Assert.Contains(path, Assert.Single(exported.Diagnostics).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_alerts_second_labels_and_what_else_stands_in_a_control_are_told()
    {
        var exported = Export(Form(
            "<a/><g><b/></g><r><c/></r>",
            "",
            """
            <input ref="/data/a"><label>A</label><label>Again</label><help>Help for A</help><alert>Alert for A</alert></input>
            <group ref="/data/g"><label>G</label><help>Help for G</help>
              <select1 ref="/data/g/b"><label>B</label><item><label>One</label><value>1</value><copy>more</copy></item></select1></group>
            <group ref="/data/r"><label>Around</label><repeat nodeset="/data/r"><label>Own</label><input ref="/data/r/c"><label>C</label></input></repeat></group>
            """));

        foreach (var words in (string[])["The help of", "The alert of", "second label of", "The copy of", "Around"])
        {
            AssertTold(exported, null, words);
        }

        Assert.Equal(2, exported.Diagnostics.Count(one => one.Message.Contains("The help ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("""<x:y xmlns:x="urn:1"/><g><x:z xmlns:x="urn:2"/></g>""", "urn:2")]
    [InlineData("""<y xmlns="urn:own"/>""", "urn:own")]
    [InlineData("""<odk:y xmlns:odk="urn:other"/>""", "urn:other")]
    public void A_namespace_that_the_workbook_cannot_say_is_told(string nodes, string address)
    {
        var exported = Export(Form(nodes, "", ""));

        AssertTold(exported, DiagnosticCode.ExportElementLost, address);
        Assert.Single(exported.Diagnostics, one => one.Message.Contains(address, StringComparison.Ordinal));
    }

    [Fact]
    public void A_calculation_stays_when_every_trigger_beside_it_is_lost()
    {
        var exported = Export(Form(
            "<g><a/></g><h><a/></h><b/><c/>",
            """<bind nodeset="/data/b" type="string" calculate="1 + 1"/>""",
            """
            <input ref="/data/g/a"><label>A</label><setvalue event="xforms-value-changed" ref="/data/b" value="5"/><setvalue event="xforms-value-changed" ref="/data/c" value="6"/></input>
            <input ref="/data/h/a"><label>A</label></input>
            """));

        Compile(exported);
        Assert.Equal(("calculate", "1 + 1"), (Cell(exported, "b", "type"), Cell(exported, "b", "calculation")));
        Assert.Equal("hidden", Cell(exported, "c", "type"));
        AssertTold(exported, DiagnosticCode.ExportActionLost, "/data/b");
        AssertTold(exported, DiagnosticCode.ExportActionLost, "/data/c");
    }

    [Fact]
    public void Cells_too_long_are_cut_on_every_sheet_and_told()
    {
        var words = string.Concat(Enumerable.Repeat("word ", 8_000));
        var source = Form(
            "<a/>",
            $"""<submission action="https://example.org/{words.Replace(' ', '-')}" method="post"/>""",
            """<input ref="/data/a" query="instance('cities')/root/item"><label>A</label></input>""");

        var exported = Export(source, $"list_name,name,label\r\ncities,a,{words}\r\n");

        Assert.Equal(
            ["external_choices", "settings"],
            exported.Diagnostics.Where(one => one.Message.Contains("was cut", StringComparison.Ordinal)).Select(one => one.Cell?.Sheet).Order());
        using var file = new MemoryStream();
        Fieldkeep.XForms.Sheets.WorkbookWriter.WriteXlsx(exported.Workbook, file);
        Assert.NotEqual(0, file.Length);
    }

    [Fact]
    public void A_difference_of_long_texts_is_told_in_short()
    {
        var exported = Export(Form("<a/>", "", $"<input ref=\"/data/a\"><label>{new string('x', 40_000)}</label></input>"));

        var told = Assert.Single(exported.Diagnostics, one => one.Code == DiagnosticCode.ExportDiffers);
        Assert.Contains("(40000 characters)", told.Message, StringComparison.Ordinal);
        Assert.InRange(told.Message.Length, 1_000, 2_000);
    }

    [Fact]
    public void More_notes_than_are_kept_end_with_a_note_that_says_so()
    {
        var binds = string.Concat(Enumerable.Range(0, DiagnosticList.MaxCount + 1).Select(i => string.Create(CultureInfo.InvariantCulture, $"<bind nodeset=\"/data/none{i}\"/>")));

        var exported = Export(Form("<a/>", binds, """<input ref="/data/a"><label>A</label></input>"""));

        Assert.Equal(DiagnosticCode.ExportMore, exported.Diagnostics[^1].Code);
        Assert.Equal(DiagnosticCode.ExportMore, exported.Workbook.Sheets.Single(sheet => sheet.Name == XlsFormExporter.NotesSheet).Rows[^1].Cells[^1]);
    }

    private static ExportedForm Export(string xform, string? itemsets = null) =>
        XlsFormExporter.Export(xform, itemsets, TestContext.Current.CancellationToken);

    private static string Entity(string binds, string action) => Form(
        """<a/><meta><instanceID/><entity dataset="people" create="1" id=""><label/></entity></meta>""",
        $"""
        <bind nodeset="/data/a" type="string"/>
        <bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/>
        <bind nodeset="/data/meta/entity/@id" type="string" readonly="true()"/>
        <bind nodeset="/data/meta/entity/label" type="string" readonly="true()" calculate=" /data/a "/>
        {binds}{action}
        """,
        """<input ref="/data/a"><label>A</label></input>""");

    private static string Form(string nodes, string model, string body) => $"""
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:odk="http://www.opendatakit.org/xforms">
          <h:head><h:title>T</h:title><model>
            <instance><data id="t">{nodes}{(nodes.Contains("<meta>", StringComparison.Ordinal) ? "" : "<meta><instanceID/></meta>")}</data></instance>
            {(nodes.Contains("<meta>", StringComparison.Ordinal) ? "" : "<bind nodeset=\"/data/meta/instanceID\" type=\"string\" readonly=\"true()\" jr:preload=\"uid\"/>")}
            {model}
          </model></h:head>
          <h:body>{body}</h:body>
        </h:html>
        """;

    private static string Compile(ExportedForm exported)
    {
        var compiled = XlsFormCompiler.Compile(exported.Workbook, new CompileOptions());
        Assert.True(compiled.Succeeded, string.Join('\n', compiled.Diagnostics));
        return compiled.XForm ?? "";
    }

    private static string? Cell(ExportedForm exported, string name, string column)
    {
        var survey = exported.Workbook.Sheets[0];
        var header = survey.Header.ToList();
        return Assert.Single(survey.Rows, row => row.Cells[header.IndexOf("name")] == name).Cells[header.IndexOf(column)];
    }

    private static void AssertTold(ExportedForm exported, string? code, string words) =>
        Assert.Contains(exported.Diagnostics, one => (code ?? one.Code) == one.Code && one.Message.Contains(words, StringComparison.Ordinal));
}
