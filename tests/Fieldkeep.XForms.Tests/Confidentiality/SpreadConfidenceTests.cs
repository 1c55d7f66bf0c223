using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Confidentiality;

/// <summary>Ways by which a confidential answer could get into one that is not.</summary>
public sealed class SpreadConfidenceTests
{
    [Fact]
    public void A_select_from_the_rows_of_a_repeat_copies_an_answer()
    {
        var plan = ConfidentialPlanTests.Plan("""
            | survey | type               | name | label | confidential |
            |        | begin repeat       | hh   | HH    |              |
            |        | text               | name | Name  | yes          |
            |        | end repeat         |      |       |              |
            |        | select_one ${name} | head | Head  |              |
            """);

        Assert.Equal(ConfidentialCause.Derived, plan.Find("/data/head")?.Cause);
        Assert.False(plan.Find("/data/head")?.IsMade);
    }

    [Theory]
    [InlineData("select_one district", "province=${p}", "")]
    [InlineData("select_multiple district", "province=${p}", "randomize=true")]
    [InlineData("select_one_from_file d.csv", "province=${p}", "")]
    public void Choices_that_depend_on_an_answer_tell_it(string type, string filter, string parameters) =>
        Assert.NotNull(ConfidentialPlanTests.Plan($$"""
            | survey  | type       | name | label | confidential | choice_filter | parameters |
            |         | select_one province | p | P | yes         |               |            |
            |         | {{type}}   | d    | D     |              | {{filter}}    | {{parameters}} |
            | choices | list_name  | name | label | province     |
            |         | province   | n    | N     |              |
            |         | district   | x    | X     | n            |
            """).Find("/data/d"));

    [Theory]
    [InlineData("""<select1 ref="/data/b" appearance="minimal search('l', 'matches', 'c', /data/a)"><label/></select1>""")]
    [InlineData("""<input ref="/data/b" query="instance('l')/root/item[c = /data/a ]"><label/></input>""")]
    [InlineData("""<select1 ref="/data/b"><itemset nodeset="instance('__last-saved')/data/c"><value ref="../a"/></itemset></select1>""")]
    public void Searches_and_queries_by_an_answer_tell_it(string control) =>
        Assert.NotNull(Raw("""<bind nodeset="/data/a" fk:confidential="true"/>""", control).Find("/data/b"));

    [Theory]
    [InlineData("sum((/data/g/c)[../d = 'x'])", "/data/g/d")]
    [InlineData("(/data/g)/c[../d = 1]", "/data/g/d")]
    [InlineData("(/data/g/c)/..", "/data/g/d")]
    [InlineData("instance('main')/data/a", "/data/a")]
    [InlineData("instance(concat('ma', 'in'))/data/a", "/data/a")]
    [InlineData("count(/data/a/text())", "/data/a")]
    [InlineData("count(/data/a[1])", "/data/a")]
    [InlineData("/data/g/@x", "/data/g/d")]
    public void Reads_by_other_ways_are_reads(string calculation, string secret)
    {
        var plan = Raw(
            $"""<bind nodeset="{secret}" fk:confidential="true"/><bind nodeset="/data/b" calculate="{calculation}"/>""",
            data: "<a/><b/><g><c/><d/></g>");

        Assert.NotNull(plan.Find("/data/b"));
    }

    [Fact]
    public void A_list_is_known_by_its_file_and_by_pulldata()
    {
        var plan = ConfidentialPlanTests.Plan("""
            | survey   | type         | name   | label | confidential | save_to | calculation |
            |          | text         | phone  | Phone | yes          | phone   |             |
            |          | text         | crop   | Crop  |              | crop    |             |
            |          | csv-external | people |       |              |         |             |
            |          | calculate    | one    |       |              |         | pulldata('people', 'phone', 'name', 'x') |
            |          | calculate    | two    |       |              |         | instance('people')/root/item[name = 'x']/* |
            |          | calculate    | three  |       |              |         | pulldata('people', 'crop', 'name', 'x') |
            | entities | list_name    | label  |
            |          | people       | ${crop} |
            """);

        Assert.NotNull(plan.Find("/data/one"));
        Assert.NotNull(plan.Find("/data/two"));
        Assert.Null(plan.Find("/data/three"));
    }

    [Fact]
    public void The_id_of_an_entity_made_of_an_answer_leaves_the_instance()
    {
        var plan = Raw(
            """<bind nodeset="/data/a" fk:confidential="true"/><bind nodeset="/data/meta/entity/@id" calculate="/data/a"/><bind nodeset="/data/meta/entity/@baseVersion" calculate="instance('x')/root/item[name=/data/a]/v"/>""",
            data: """<a/><meta><instanceID/><entity dataset="people" id="" update="1" baseVersion=""/></meta>""");
        const string sent = """<data id="t"><a>who</a><meta><instanceID>uuid:1</instanceID><entity dataset="people" id="who" update="1" baseVersion='7'/></meta></data>""";

        var (masked, result) = Split(plan, sent);

        Assert.DoesNotContain("who", masked, StringComparison.Ordinal);
        Assert.Contains("<entity fk:confidential=\"2\" dataset=\"people\" update=\"1\"/>", masked, StringComparison.Ordinal);
        Assert.Equal(sent, Merge(masked, result.Values));
        var (again, edited) = Split(plan, masked.Replace("update=\"1\"", "update=\"1\" id=\"\"", StringComparison.Ordinal), new SplitEdit(result.Values, EmptyKeeps: true) { IsReadOnly = true, SameIsChange = true });
        Assert.Empty(edited.Changes);
        Assert.Contains("id=\"who\"", Merge(again, edited.Values), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""<group ref="/data/a"><input ref="/data/a"/></group>""", "<a/>", "<a>secret</a>")]
    [InlineData("""<repeat nodeset="/data/a"/>""", "<a/>", "<a>secret</a><a>secret</a>")]
    [InlineData("", """<a template=""/>""", "<a>secret</a>")]
    [InlineData("", "<a><b/></a>", "<a>secret<b/></a>")]
    [InlineData("", "<a><b/></a>", "<a><b/><old>secret</old></a>")]
    [InlineData("", "<a><b/></a>", "<a><old><b>secret</b></old><b>x</b></a>")]
    public void A_marked_container_is_taken_out_whole(string body, string data, string sent)
    {
        var plan = Raw("""<bind nodeset="/data/a" fk:confidential="true"/>""", body, data);

        var (masked, result) = Split(plan, $"""<data id="t">{sent}</data>""");

        Assert.DoesNotContain("secret", masked, StringComparison.Ordinal);
        Assert.Equal($"""<data id="t">{sent}</data>""", Merge(masked, result.Values));
    }

    [Theory]
    [InlineData("/data/a", "<a/>", "<a who='secret'>secret<old x='secret'>secret</old></a><a>secret</a>")]
    [InlineData("/data/a", "<a><b/><open/></a>", "<a>secret<b>secret</b><open>bean</open></a>")]
    [InlineData("/data/a", "<a><b/><open/></a>", "<a><b>secret</b><old>secret<b>secret</b></old><open>bean</open></a>")]
    [InlineData("/data/a", "<a/>", "<a><!-- secret --></a>")]
    [InlineData("/data/a", "<a/>", "<a><?secret secret?></a>")]
    [InlineData("/data/a", "<a/><e id=''/>", "<a>secret</a><e id='secret' dataset='bean'/>")]
    [InlineData("/data", "<a><b/></a>", "<new y='secret'>secret</new><a><b>secret</b></a><meta><instanceID>uuid:1</instanceID></meta>")]
    public void What_is_taken_out_is_emptied_wherever_a_client_put_it_and_what_is_open_stays(string secret, string data, string sent)
    {
        var plan = ConfidentialPlan.Of(
            XFormReader.Read(ConfidentialPlanTests.Raw($"""<bind nodeset="{secret}" fk:confidential="true"/><bind nodeset="/data/e/@id" calculate="/data/a"/>""", data: data)),
            [new ConfidentialFlag("/data/a/open", null, true, "said aloud")]);
        var output = new ArrayBufferWriter<byte>();
        InstanceRewriter.Write(
            Encoding.UTF8.GetBytes($"""<data id="t">{sent}</data>"""), (path, _) => plan.TakesOut("/data" + path) ? "" : null, output);

        var (masked, result) = Split(plan, Encoding.UTF8.GetString(output.WrittenSpan));

        Assert.DoesNotContain("secret", Merge(masked, result.Values), StringComparison.Ordinal);
        Assert.All(result.Values, value => Assert.True(value.IsEmpty));
        Assert.All(["bean", "uuid:1"], kept => Assert.Equal(
            sent.Contains(kept, StringComparison.Ordinal), masked.Contains(kept, StringComparison.Ordinal)));
        Assert.Contains(Split(plan, $"""<data id="t">{sent}</data>""").Result.Values, value => !value.IsEmpty);
    }

    [Fact]
    public void A_form_that_is_confidential_as_a_whole_keeps_the_ids_of_its_submissions()
    {
        var plan = Raw("""<bind nodeset="/data" fk:confidential="true"/>""", data: "<a/><g><b/></g><meta><instanceID/></meta>");
        const string sent = """<data id="t"><a>secret</a><x>secret</x><g><b>secret</b><y>secret</y></g><meta><instanceID>uuid:1</instanceID><deprecatedID>uuid:0</deprecatedID></meta></data>""";

        var (masked, result) = Split(plan, sent);

        Assert.DoesNotContain("secret", masked, StringComparison.Ordinal);
        Assert.Contains("<instanceID>uuid:1</instanceID><deprecatedID>uuid:0</deprecatedID>", masked, StringComparison.Ordinal);
        Assert.Equal(sent, Merge(masked, result.Values));
    }

    [Fact]
    public void A_second_bind_a_second_prefix_and_a_recording_count()
    {
        var twice = Raw("""<bind nodeset="/data/a" type="string"/><bind nodeset="/data/a" fk:confidential="true"/><bind nodeset="/data/b" type="string"/><bind nodeset="/data/b" calculate="/data/a"/>""");
        Assert.Equal(["/data/a", "/data/b"], ConfidentialPlanTests.Paths(twice));
        Assert.NotNull(Raw("""<bind nodeset="/data/a" xmlns:x="urn:x" x:confidential="no" fk:confidential="true"/>""").Find("/data/a"));
        var spoken = Raw("""<bind nodeset="/data/a" fk:confidential="true"/><bind nodeset="/data/b" type="binary"/><recordaudio xmlns="http://www.opendatakit.org/xforms" ref="/data/b" event="odk-instance-load"/>""");
        Assert.True(spoken.Find("/data/b")?.IsFile);
        var audited = Raw("""<bind nodeset="/data/a" fk:confidential="true"/>""", data: "<a/><meta><audit/></meta>");
        Assert.True(audited.Find("/data/meta/audit")?.IsFile);
        Assert.NotNull(Raw("""<bind nodeset="/data/a" fk:confidential="true"/><action><setvalue ref="/data/b" value="/data/a"/></action>""").Find("/data/b"));
    }

    [Fact]
    public void A_value_that_must_equal_an_answer_tells_it_and_other_conditions_only_hint()
    {
        var plan = Raw("""<bind nodeset="/data/a" fk:confidential="true"/><bind nodeset="/data/b" constraint=". = /data/a or . = ''"/><bind nodeset="/data/c" constraint=". &lt; /data/a"/><bind nodeset="/data/d" constraint=". != '' and /data/b = 1"/>""");

        Assert.Equal(["/data/a", "/data/b"], ConfidentialPlanTests.Paths(plan));
        Assert.Contains(plan.Hints, hint => hint is { Path: "/data/c", Kind: ConfidentialHintKind.Constraint });
    }

    [Theory]
    [InlineData("//a")]
    [InlineData("/data/*")]
    [InlineData("/data/b[../c='x/y']/a")]
    [InlineData("/data/gone")]
    public void A_mark_that_fits_nothing_is_told(string nodeset) =>
        Assert.Contains(Raw($"""<bind nodeset="{nodeset}" fk:confidential="true"/>""").Faults, fault => fault.Kind == ConfidentialFaultKind.UnmatchedMark);

    [Fact]
    public void An_id_made_of_an_answer_is_told() =>
        Assert.Equal(
            [new ConfidentialFault("/data/meta/instanceID", ConfidentialFaultKind.OpenId)],
            Raw("""<bind nodeset="/data/a" fk:confidential="true"/><bind nodeset="/data/meta/instanceID" calculate="concat('uuid:', /data/a)"/>""", data: "<a/><meta><instanceID/></meta>").Faults);

    [Fact]
    public void A_flag_with_a_radius_that_shows_the_place_shows_nothing()
    {
        var form = ConfidentialPlanTests.Form("""
            | survey | type     | name | label |
            |        | geopoint | home | Home  |
            """);
        foreach (var radius in new[] { 0, double.NaN, 49, 1e9, -500 })
        {
            Assert.Null(ConfidentialPlan.Of(form, [new ConfidentialFlag("/data/home", radius, false, null)]).Nodes.Single().Radius);
        }
    }

    [Fact]
    public void A_form_made_to_wear_the_server_out_is_planned_and_its_instances_split_soon()
    {
        var many = string.Concat(Enumerable.Range(0, 20_000).Select(at => string.Create(CultureInfo.InvariantCulture, $"<q{at}/>")));
        var binds = string.Concat(Enumerable.Range(0, 20_000).Select(at => string.Create(CultureInfo.InvariantCulture, $"""<bind nodeset="/data/q{at}" calculate="//*"/>""")));
        var deep = string.Concat(Enumerable.Repeat("[.//*", 60)) + new string(']', 60);
        var watch = Stopwatch.StartNew();
        var plan = Raw($"""<bind nodeset="/data/a" fk:confidential="true"/><bind nodeset="/data/b" calculate="//*{deep}"/>{binds}""", data: $"<a/><b/>{many}");
        Split(plan, $"<data id=\"t\">{string.Concat(Enumerable.Repeat("<z/>", 100_000))}</data>");

        // Some tenths of a second; it was minutes.
        Assert.Equal(20_002, plan.Nodes.Count);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    private static ConfidentialPlan Raw(string binds, string body = "", string data = "<a/><b/><c/><d/>") =>
        ConfidentialPlan.Of(XFormReader.Read(ConfidentialPlanTests.Raw(binds, body, data)), []);

    private static (string Masked, SplitResult Result) Split(ConfidentialPlan plan, string xml, SplitEdit? edit = null)
    {
        var output = new ArrayBufferWriter<byte>();
        var result = InstanceSplit.Split(Encoding.UTF8.GetBytes(xml), plan, null, edit, output);
        return (Encoding.UTF8.GetString(output.WrittenSpan), result);
    }

    private static string Merge(string masked, IReadOnlyList<ConfidentialValue> values)
    {
        var output = new ArrayBufferWriter<byte>();
        InstanceSplit.Merge(Encoding.UTF8.GetBytes(masked), values, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
