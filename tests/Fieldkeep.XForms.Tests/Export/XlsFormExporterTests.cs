using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Export;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Export;

/// <summary>Exports XForms as other tools write them: the same questions come back, and what is different is told.</summary>
public sealed class XlsFormExporterTests
{
    [Fact]
    public void Nested_binds_and_relative_references_become_columns_and_names()
    {
        var exported = Export(ForeignForms.NestedBinds);

        // Compiling ${village} would give a path from the root, which is not what stands here.
        Assert.Equal("../village != ''", Cell(exported, "depth", "relevant"));
        Assert.Equal("${depth}>10 and selected(${water},'no')", Cell(exported, "notes", "relevant"));
        Assert.Equal("Depth in ${village}", Cell(exported, "depth", "label"));
        Assert.Equal("select_one water", Cell(exported, "water", "type"));
        Assert.Equal("yes", Cell(exported, "village", "required"));
        Assert.Equal("North", Cell(exported, "village", "default"));
        Assert.Equal("Too deep", Cell(exported, "depth", "constraint_message"));

        var form = Compile(exported);
        Assert.Equal(("http://example.org/forms/well", "3", "Well", "well"), (form.Id, form.Version, form.Title, form.RootName));
        Assert.Equal(["yes", "no"], Choices(form, "/well/water"));
        Assert.Equal("Yes", form.ChoiceLists[Question(form, "/well/water").ChoiceListId ?? ""].Choices[0].Label.Find(null));
        Assert.Equal(DataType.Int, Question(form, "/well/place/depth").DataType);
        Assert.Equal("As people call it", Question(form, "/well/place/village").Hint.Find(null));
        AssertTold(exported, DiagnosticCode.ExportTypeChanged, "/well/notes");
    }

    [Fact]
    public void Groups_without_a_node_and_foreign_lists_keep_their_questions()
    {
        var exported = Export(ForeignForms.Grouped);
        var form = Compile(exported);

        Assert.Equal(["c1", "c2"], Choices(form, "/data/clinic"));
        Assert.Equal("Kliniki gani?", Question(form, "/data/clinic").Label.ByLanguage["sw"]);
        Assert.Equal("Which clinic?", Question(form, "/data/clinic").Label.ByLanguage["en"]);
        Assert.Equal("minimal", Question(form, "/data/clinic").Appearance);
        Assert.Equal("beds > 1", Cell(exported, "clinic", "choice_filter"));
        Assert.Equal("concat(${who}, '/data/clinic')", Cell(exported, "secret", "calculation"));
        AssertTold(exported, DiagnosticCode.ExportElementLost, "A group of the body has no node");
        AssertTold(exported, DiagnosticCode.ExportElementLost, "/data/meta/timeStart");
        AssertTold(exported, DiagnosticCode.ExportTypeChanged, "secret for /data/about/who");
        AssertTold(exported, DiagnosticCode.ExportTextLost, "“short”");
        AssertTold(exported, DiagnosticCode.ExportChoicesChanged, "clinics");
    }

    [Fact]
    public void Order_counts_and_actions_are_kept_or_told()
    {
        var exported = Export(ForeignForms.Ordered);
        var form = Compile(exported);

        Assert.Equal(["b", "a"], form.Root.Children.Take(2).Select(child => child.Name));
        Assert.Equal("today()", Cell(exported, "b", "default"));
        Assert.Equal("plain", Cell(exported, "a", "default"));
        Assert.Equal("5", Question(form, "/data/child/age").Default);
        Assert.Equal("${age} * 2", Cell(exported, "twice", "calculation"));
        Assert.Equal("3", Cell(exported, "child", "repeat_count"));
        Assert.IsType<RepeatElement>(form.Find("/data/child"));
        AssertTold(exported, DiagnosticCode.ExportPlaceChanged, "another order");
        AssertTold(exported, DiagnosticCode.ExportPlaceChanged, "child_count");
        AssertTold(exported, DiagnosticCode.ExportPlaceChanged, "begins with 0 repetitions");
        AssertTold(exported, DiagnosticCode.ExportActionLost, "xforms-ready");
        AssertTold(exported, DiagnosticCode.ExportElementLost, "/data/none");
    }

    [Fact]
    public void A_name_used_twice_stays_a_path()
    {
        var compiled = FormOf("""
            | survey | type        | name  | label | relevant              |
            |        | begin_group | left  | Left  |                       |
            |        | integer     | size  | Size  |                       |
            |        | end_group   |       |       |                       |
            |        | begin_group | right | Right |                       |
            |        | integer     | size  | Size  | /data/left/size > 1   |
            |        | text        | why   | Why   | ${left} and ../size=2 |
            |        | end_group   |       |       |                       |
            """);

        var exported = Export(compiled);

        Assert.Equal("/data/left/size > 1", Cells(exported, "size", "relevant").Last());
        Assert.Equal("${left} and ../size=2", Cell(exported, "why", "relevant"));
        Assert.Empty(exported.Diagnostics);
    }

    [Fact]
    public void Itemsets_become_the_sheet_of_external_choices()
    {
        var source = FormOf("""
            | survey | type                       | name | label | choice_filter |
            |        | text                       | s    | S     |               |
            |        | select_one_external cities | c    | C     | state=${s}    |
            | external_choices | list_name | name | label      | state |
            |                  | cities    | a    | A, "great" | x     |
            |                  | cities    | b    |            | y     |
            """, out var itemsets);

        var exported = Export(source, itemsets);
        var again = XlsFormCompiler.Compile(exported.Workbook, new CompileOptions());

        Assert.Equal(itemsets, again.ItemsetsCsv);
        Assert.Empty(exported.Diagnostics);
        AssertTold(Export(source), DiagnosticCode.ExportExternalChoicesMissing, "cities");
    }

    [Fact]
    public void A_value_that_looks_like_an_expression_stays_a_value()
    {
        const string Xml = """
            <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>T</h:title><model>
            <instance><data id="t"><a>x - y</a><meta><instanceID/></meta></data></instance><bind nodeset="/data/a" type="string"/>
            </model></h:head><h:body><input ref="/data/a"><label>A</label></input></h:body></h:html>
            """;

        var exported = Export(Xml);

        Assert.Equal("string('x - y')", Cell(exported, "a", "default"));
        AssertTold(exported, DiagnosticCode.ExportDefaultChanged, "/data/a");
    }

    [Fact]
    public void What_is_no_form_is_refused_as_everywhere() =>
        Assert.Equal(XFormFault.WrongRoot, Assert.Throws<XFormException>(() => Export("<x/>")).Fault);

    private static ExportedForm Export(string xform, string? itemsets = null) =>
        XlsFormExporter.Export(xform, itemsets, TestContext.Current.CancellationToken);

    private static string FormOf(string markdown) => FormOf(markdown, out _);

    private static string FormOf(string markdown, out string? itemsets)
    {
        var compiled = XlsFormCompiler.Compile(MarkdownReader.Read(markdown), new CompileOptions());
        itemsets = compiled.ItemsetsCsv;
        return compiled.XForm ?? throw new InvalidOperationException(string.Join('\n', compiled.Diagnostics));
    }

    private static XForm Compile(ExportedForm exported)
    {
        var compiled = XlsFormCompiler.Compile(exported.Workbook, new CompileOptions());
        Assert.True(compiled.Succeeded, string.Join('\n', compiled.Diagnostics));
        return XFormReader.Read(compiled.XForm ?? "");
    }

    private static QuestionElement Question(XForm form, string path) => Assert.IsType<QuestionElement>(form.Find(path));

    private static IEnumerable<string> Choices(XForm form, string path) =>
        form.ChoiceLists[Question(form, path).ChoiceListId ?? ""].Choices.Select(choice => choice.Value);

    private static string? Cell(ExportedForm exported, string name, string column) => Assert.Single(Cells(exported, name, column));

    private static IEnumerable<string?> Cells(ExportedForm exported, string name, string column)
    {
        var survey = exported.Workbook.Sheets[0];
        var header = survey.Header.ToList();
        return survey.Rows.Where(row => row.Cells[header.IndexOf("name")] == name).Select(row => row.Cells[header.IndexOf(column)]);
    }

    private static void AssertTold(ExportedForm exported, string code, string words) =>
        Assert.Contains(exported.Diagnostics, one => one.Code == code && one.Message.Contains(words, StringComparison.Ordinal));
}
