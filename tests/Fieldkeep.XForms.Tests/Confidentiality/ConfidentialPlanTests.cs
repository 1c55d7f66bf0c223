using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Confidentiality;

public sealed class ConfidentialPlanTests
{
    [Fact]
    public void A_form_without_marks_has_an_empty_plan() =>
        Assert.Same(ConfidentialPlan.Empty, ConfidentialPlan.Of(Form("""
            | survey | type | name | label | confidential |
            |        | text | name | Name  | no           |
            """), []));

    [Fact]
    public void A_marked_group_makes_what_is_inside_confidential_but_not_the_ids_of_the_submission()
    {
        var plan = Plan("""
            | survey | type         | name  | label | confidential |
            |        | begin group  | who   | Who   | yes          |
            |        | text         | name  | Name  |              |
            |        | begin repeat | child | Child |              |
            |        | image        | face  | Face  |              |
            |        | end repeat   |       |       |              |
            |        | end group    |       |       |              |
            |        | text         | crop  | Crop  |              |
            """, new ConfidentialFlag("/data/meta", null, false, null));

        Assert.Equal(["/data/who/name", "/data/who/child/face"], Paths(plan));
        var face = plan.Find("/data/who/child/face");
        Assert.Equal((ConfidentialCause.Inherited, "/data/who", true, true), (face?.Cause, face?.From, face?.IsFile, face?.IsRepeated));
    }

    [Theory]
    [InlineData("concat(${who}, ' x')")]
    [InlineData("once(../who)")]
    [InlineData("pulldata('people', 'age', 'key', ${who})")]
    [InlineData("instance('people')/root/item[name = current()/../who]/age")]
    [InlineData("if(1 = 1, 'a', /data/who)")]
    [InlineData("string(/data/*)")]
    [InlineData("concat(//who)")]
    [InlineData("../preceding-sibling::node()")]
    [InlineData("indexed-repeat(${who}, ${rows}, 1)")]
    [InlineData("count-non-empty(${who})")]
    [InlineData("count(${rows}[../who = 'x'])")]
    [InlineData("jr:choice-name('a', '${who}')")]
    [InlineData("${last-saved#who}")]
    [InlineData("(${who} | ${crop})[1]")]
    [InlineData("${made1}")]
    public void What_reads_a_confidential_answer_is_confidential(string calculation)
    {
        var plan = Plan($"""
            | survey  | type         | name  | confidential | calculation      | label |
            |         | text         | who   | yes          |                  | Who   |
            |         | text         | crop  |              |                  | Crop  |
            |         | csv-external | people |             |                  |       |
            |         | begin repeat | rows  |              |                  | Rows  |
            |         | text         | item  |              |                  | Item  |
            |         | end repeat   |       |              |                  |       |
            |         | calculate    | made1 |              | substr($(who),1) |       |
            |         | calculate    | made  |              | {calculation.Replace("|", "\\|", StringComparison.Ordinal)} |       |
            """.Replace("$(who)", "${who}", StringComparison.Ordinal));

        Assert.Equal(ConfidentialCause.Derived, plan.Find("/data/made")?.Cause);
    }

    [Theory]
    [InlineData("concat(${crop}, 'who')")]
    [InlineData("count(${rows})")]
    [InlineData("position(..)")]
    [InlineData("today()")]
    [InlineData("string-length(../crop)")]
    public void What_reads_none_or_only_counts_rows_is_not(string calculation)
    {
        var plan = Plan($"""
            | survey  | type         | name  | confidential | calculation   | label |
            |         | text         | who   | yes          |               | Who   |
            |         | text         | crop  |              |               | Crop  |
            |         | begin repeat | rows  |              |               | Rows  |
            |         | text         | item  | yes          |               | Item  |
            |         | end repeat   |       |              |               |       |
            |         | calculate    | made  |              | {calculation} |       |
            """);

        Assert.Equal(["/data/who", "/data/rows/item"], Paths(plan));
    }

    [Fact]
    public void Defaults_triggers_names_entities_and_audits_follow_what_they_are_made_of()
    {
        var plan = Plan("""
            | survey   | type                | name   | label | confidential | calculation       | default       | trigger | save_to | parameters |
            |          | text                | who    | Who   | yes          |                   |               |         | who     |            |
            |          | text                | again  | Again |              |                   | ${who}        |         |         |            |
            |          | dateTime            | when   | When  |              | now()             |               | ${who}  |         |            |
            |          | background-geopoint | where  | Where |              |                   |               | ${who}  |         |            |
            |          | text                | crop   | Crop  |              |                   |               |         |         |            |
            |          | audit               |        |       |              |                   |               |         |         | track-changes=true |
            | settings | form_id             | instance_name |
            |          | people              | concat(${who}, '!') |
            | entities | list_name           | label  |
            |          | people              | ${who} |
            """);

        Assert.Equal(
            ["/data/again", "/data/meta/audit", "/data/meta/entity/label", "/data/meta/instanceName", "/data/when", "/data/where", "/data/who"],
            Paths(plan).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_circle_of_calculations_ends()
    {
        var form = XFormReader.Read(Raw("""
            <bind nodeset="/data/a" calculate="/data/b"/><bind nodeset="/data/b" calculate=" /data/a + /data/c"/>
            <bind nodeset="/data/c" fk:confidential="true"/><bind nodeset="/data/d" calculate="not an expression ( b"/>
            """));

        Assert.Equal(["/data/a", "/data/b", "/data/c", "/data/d"], Paths(ConfidentialPlan.Of(form, [])));
    }

    [Fact]
    public void What_is_declassified_is_not_confidential_nor_is_what_reads_only_that()
    {
        var form = Form("""
            | survey  | type      | name  | label | confidential | calculation    |
            |         | integer   | age   | Age   | yes          |                |
            |         | calculate | adult |       |              | ${age} > 17    |
            |         | calculate | text  |       |              | if(${adult}, 'yes', 'no') |
            """);

        Assert.Equal(["/data/age", "/data/adult", "/data/text"], Paths(ConfidentialPlan.Of(form, [])));
        Assert.Equal(["/data/age"], Paths(ConfidentialPlan.Of(form, [new ConfidentialFlag("/data/adult", null, true, "asked by the board")])));
    }

    [Fact]
    public void A_flag_beside_the_form_counts_like_a_mark_in_it()
    {
        var form = Form("""
            | survey  | type                   | name | label | relevant |
            |         | select_one l or_other  | sex  | Sex   |          |
            |         | geopoint               | home | Home  |          |
            |         | note                   | hint | ${sex} | ${sex} = 'other' |
            | choices | list_name | name | label |
            |         | l         | a    | A     |
            """);
        var plan = ConfidentialPlan.Of(form, [new ConfidentialFlag("/data/sex", null, false, null), new ConfidentialFlag("/data/home", 250, false, null), new ConfidentialFlag("/data/gone", null, false, null)]);

        Assert.Equal(["/data/sex", "/data/sex_other", "/data/home"], Paths(plan));
        Assert.Equal(250, plan.Find("/data/home")?.Radius);
        Assert.Equal(["/data/sex_other", "/data/hint"], plan.Hints.Select(hint => hint.Path));
        Assert.All(plan.Hints, hint => Assert.Equal((ConfidentialHintKind.Relevance, "/data/sex"), (hint.Kind, hint.From)));
        Assert.Equal([new ConfidentialFault("/data/gone", ConfidentialFaultKind.UnmatchedFlag)], plan.Faults);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("true()", true)]
    [InlineData("ture", true)]
    [InlineData("false()", false)]
    [InlineData("", false)]
    public void A_mark_that_is_no_plain_no_hides(string mark, bool isHidden) =>
        Assert.Equal(
            isHidden, !ConfidentialPlan.Of(XFormReader.Read(Raw($"""<bind nodeset="/data/a" fk:confidential="{mark}"/>""")), []).IsEmpty);

    internal static XForm Form(string table)
    {
        var compiled = XlsFormCompiler.Compile(MarkdownReader.Read(table), new CompileOptions());
        Assert.True(compiled.XForm is not null, string.Join("; ", compiled.Diagnostics.Select(one => one.Message)));
        return XFormReader.Read(compiled.XForm);
    }

    internal static ConfidentialPlan Plan(string table, params ConfidentialFlag[] beside) => ConfidentialPlan.Of(Form(table), beside);

    internal static IReadOnlyList<string> Paths(ConfidentialPlan plan) => [.. plan.Nodes.Select(node => node.Path)];

    internal static string Raw(string binds, string body = "", string data = "<a/><b/><c/><d/>") => $"""
        <h:html xmlns:h="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/2002/xforms" xmlns:fk="https://fieldkeep.org/xforms/confidential">
        <h:head><h:title>t</h:title><model><instance><data id="t">{data}</data></instance>{binds}</model></h:head><h:body>{body}</h:body></h:html>
        """;
}
