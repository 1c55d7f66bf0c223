using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Fieldkeep.XForms.Confidentiality;
using Xunit;

namespace Fieldkeep.XForms.Tests.Confidentiality;

/// <summary>Edits by people who do not see confidential answers: nobody's answer becomes somebody else's, and none is lost or told.</summary>
public sealed partial class KeptAnswersTests
{
    private static readonly ConfidentialPlan Children = ConfidentialPlanTests.Plan("""
        | survey | type         | name   | label  | confidential | calculation |
        |        | integer      | age    | Age    | yes          |             |
        |        | calculate    | adult  |        |              | ${age} > 17 |
        |        | text         | crop   | Crop   |              |             |
        |        | begin group  | g      | G      |              |             |
        |        | text         | memo   | Memo   | yes          |             |
        |        | end group    |        |        |              |             |
        |        | begin repeat | child  | Child  |              |             |
        |        | text         | who    | Who    |              |             |
        |        | text         | hiv    | HIV    | yes          |             |
        |        | end repeat   |        |        |              |             |
        """);

    private static readonly SplitEdit ByReader = new([], EmptyKeeps: true) { SameIsChange = true, IsReadOnly = true };

    private const string Sent = """
        <data id="p"><age>12</age><adult>false</adult><crop>bean</crop><g><memo>m</memo></g><child><who>Ann</who><hiv>yes</hiv></child><child><who>Bob</who><hiv/></child></data>
        """;

    [Theory]
    [InlineData("<child><who>Bob</who><hiv/></child>", "row deleted")]
    [InlineData("<child><who>Cy</who><hiv/></child><child><who>Ann</who><hiv/></child><child><who>Bob</who><hiv/></child>", "row before")]
    [InlineData("<child><who>Bob</who><hiv/></child><child><who>Ann</who><hiv/></child>", "rows turned")]
    [InlineData("<child><who>Cy</who><hiv/></child><child><who>Bob</who><hiv/></child>", "another in its place")]
    public void Rows_changed_by_a_client_without_marks_give_nobody_the_answer_of_another(string rows, string what)
    {
        var (masked, first) = Split(Sent);
        var edited = Marks().Replace(masked, "");
        edited = edited[..edited.IndexOf("<child>", StringComparison.Ordinal)] + rows + "</data>";

        var (again, result) = Split(edited, ByReader with { Previous = first.Values });

        Assert.DoesNotContain("yes", Merge(again, result.Values), StringComparison.Ordinal);
        Assert.True(result.Changes.Any(change => change.Kind == ConfidentialChangeKind.Unclear), what);
    }

    [Fact]
    public void Rows_that_are_as_they_were_keep_their_answers_without_marks()
    {
        var (masked, first) = Split(Sent);
        var (again, result) = Split(Marks().Replace(masked, "").Replace("bean", "rice", StringComparison.Ordinal), ByReader with { Previous = first.Values });

        Assert.Empty(result.Changes);
        Assert.Equal(Sent.Replace("bean", "rice", StringComparison.Ordinal), Merge(again, result.Values));
    }

    [Fact]
    public void A_new_row_in_place_of_the_only_one_inherits_nothing()
    {
        const string one = "<data id=\"p\"><age/><adult/><crop/><g/><child><who>Ann</who><hiv>yes</hiv></child></data>";
        var (masked, first) = Split(one);
        var edited = masked[..masked.IndexOf("<child>", StringComparison.Ordinal)] + "<child><who>Cy</who><hiv/></child></data>";

        var (again, result) = Split(edited, ByReader with { Previous = first.Values });

        Assert.DoesNotContain("yes", Merge(again, result.Values), StringComparison.Ordinal);
        Assert.Equal([new ConfidentialChange("/data/child/hiv", ConfidentialChangeKind.Removed)], result.Changes);
    }

    [Fact]
    public void Marks_that_change_rows_are_told()
    {
        var (masked, first) = Split(Sent);
        var (ann, bob) = (first.Values[3].Number, first.Values[4].Number);
        var swapped = masked.Replace($"<hiv fk:confidential=\"{ann}\"/>", "<hiv#/>", StringComparison.Ordinal)
            .Replace($"<hiv fk:confidential=\"{bob}\"/>", $"<hiv fk:confidential=\"{ann}\"/>", StringComparison.Ordinal)
            .Replace("<hiv#/>", $"<hiv fk:confidential=\"{bob}\"/>", StringComparison.Ordinal);

        var (_, result) = Split(swapped, ByReader with { Previous = first.Values });

        Assert.Equal(["/data/child/hiv Moved", "/data/child[2]/hiv Moved"], result.Changes.Select(change => $"{change.Place} {change.Kind}").Order());
    }

    [Fact]
    public void A_row_copied_before_its_source_does_not_take_its_answer()
    {
        var (masked, first) = Split(Sent);
        var at = masked.IndexOf("<child>", StringComparison.Ordinal);
        var row = masked[at..(masked.IndexOf("</child>", StringComparison.Ordinal) + 8)];
        var edited = masked.Insert(at, row.Replace("Ann", "Copy", StringComparison.Ordinal));

        var (again, result) = Split(edited, ByReader with { Previous = first.Values });

        Assert.Contains("<who>Copy</who><hiv/></child><child><who>Ann</who><hiv>yes</hiv>", Merge(again, result.Values), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<age/><adult>false</adult>", false, "<age>20</age><adult>true</adult>", 0)]
    [InlineData("<age/><adult>true</adult>", true, "<age>20</age><adult>true</adult>", 0)]
    [InlineData("<age>12</age><adult>false</adult>", false, "<age>12</age><adult>false</adult>", 2)]
    [InlineData("<age>12</age><adult>false</adult>", true, "<age>12</age><adult>true</adult>", 1)]
    public void What_a_client_computed_from_blanks_is_not_taken(string sent, bool isReadOnly, string expected, int changes)
    {
        const string grown = "<data id=\"p\"><age>20</age><adult>true</adult></data>";
        var (_, first) = Split(grown);

        var (again, result) = Split($"<data id=\"p\">{sent}</data>", new SplitEdit(first.Values, EmptyKeeps: true) { IsReadOnly = isReadOnly, SameIsChange = isReadOnly });

        Assert.Contains(expected, Merge(again, result.Values), StringComparison.Ordinal);
        Assert.Equal(changes, result.Changes.Count);
    }

    [Fact]
    public void What_was_computed_anew_by_someone_who_may_not_write_stays_empty()
    {
        var (_, first) = Split("<data id=\"p\"><age>20</age></data>");

        var (again, result) = Split("<data id=\"p\"><age/><adult>false</adult></data>", ByReader with { Previous = first.Values });

        Assert.Contains("<age>20</age><adult/>", Merge(again, result.Values), StringComparison.Ordinal);
        Assert.Empty(result.Changes);
    }

    [Fact]
    public void What_a_client_left_out_of_a_row_that_is_still_there_comes_back()
    {
        var (masked, first) = Split(Sent);
        var pruned = Without(masked, "<(age|adult)[^>]*/>|<g>.*</g>").Replace("<who>Ann</who><hiv fk:confidential=\"4\"/>", "<who>Ann</who>", StringComparison.Ordinal);
        Assert.DoesNotContain("<g>", pruned, StringComparison.Ordinal);

        var (again, result) = Split(pruned, ByReader with { Previous = first.Values });

        var whole = XElement.Parse(Merge(again, result.Values));
        Assert.Equal(("12", "false", "m"), ((string?)whole.Element("age"), (string?)whole.Element("adult"), (string?)whole.Element("g")?.Element("memo")));
        var writer = Split(pruned, new SplitEdit(first.Values, EmptyKeeps: true)).Result;
        Assert.Contains(new ConfidentialChange("/data/g/memo", ConfidentialChangeKind.Removed), writer.Changes);
    }

    [Fact]
    public void A_removed_answer_is_told_whether_or_not_there_was_one()
    {
        var (masked, first) = Split(Sent);
        foreach (var name in new[] { "Ann", "Bob" })
        {
            var rows = Without(masked, $"<child><who>{name}.*?</child>");
            var (_, result) = Split(rows, ByReader with { Previous = first.Values });
            Assert.Contains(result.Changes, change => change.Kind == ConfidentialChangeKind.Removed);
        }
    }

    [Fact]
    public void What_is_not_confidential_any_more_comes_back_at_its_mark()
    {
        var (masked, first) = Split(Sent);
        var less = ConfidentialPlanTests.Plan("""
            | survey | type         | name   | label  | confidential |
            |        | integer      | age    | Age    | yes          |
            |        | begin repeat | child  | Child  |              |
            |        | text         | who    | Who    |              |
            |        | text         | hiv    | HIV    |              |
            |        | end repeat   |        |        |              |
            """);
        var output = new ArrayBufferWriter<byte>();

        var result = InstanceSplit.Split(Encoding.UTF8.GetBytes(masked), less, null, ByReader with { Previous = first.Values }, output);

        Assert.Contains("<who>Ann</who><hiv>yes</hiv>", Encoding.UTF8.GetString(output.WrittenSpan), StringComparison.Ordinal);
        Assert.Empty(result.Changes);
    }

    [Theory]
    [InlineData("<age/>")]
    [InlineData("<age></age>")]
    [InlineData("<age >7</age>")]
    [InlineData("<age a='1'\n>7</age>")]
    [InlineData("<age b=\"2\" />")]
    public void An_element_shows_neither_whether_it_was_answered_nor_its_attributes(string age)
    {
        var (masked, result) = Split($"<data id=\"p\">{age}<crop/></data>");

        Assert.Contains("<age fk:confidential=\"1\"/><crop/>", masked, StringComparison.Ordinal);
        Assert.Equal($"<data id=\"p\">{age}<crop/></data>", Merge(masked, result.Values));
    }

    [Fact]
    public void Marks_under_another_prefix_do_not_stand_twice()
    {
        var (masked, _) = Split("<data id=\"p\" xmlns:x=\"https://fieldkeep.org/xforms/confidential\"><age x:confidential=\"7\">1</age><crop x:confidential=\"9\">c</crop></data>");

        Assert.Equal("1", (string?)XDocument.Parse(masked).Root?.Element("age")?.Attribute(XNamespace.Get(ConfidentialMarks.Space) + "confidential"));
        Assert.Contains("<crop>c</crop>", masked, StringComparison.Ordinal);
    }

    [Fact]
    public void A_correction_by_someone_who_cannot_read_the_point_is_displaced_anew_and_a_larger_radius_too()
    {
        var small = Homes(500);
        var mask = new PlaceMask("uuid:1", (message, mac) => System.Security.Cryptography.HMACSHA256.HashData("k"u8, message, mac));
        string Point(ConfidentialPlan plan, string xml, SplitEdit? edit, out SplitResult result)
        {
            var output = new ArrayBufferWriter<byte>();
            result = InstanceSplit.Split(Encoding.UTF8.GetBytes(xml), plan, mask, edit, output);
            return Encoding.UTF8.GetString(output.WrittenSpan);
        }

        var shown = Point(small, "<data id=\"p\"><home>15.5 32.5</home></data>", null, out var first);
        Point(small, "<data id=\"p\"><home>15.5 32.5 1</home></data>", new SplitEdit(first.Values, EmptyKeeps: true), out var second);
        Assert.NotEqual(first.Values[0].Masked, second.Values[0].Masked);
        var wide = Point(Homes(2000), shown, new SplitEdit(first.Values, EmptyKeeps: true), out var third);
        Assert.Contains("fk:radius=\"2000\"", wide, StringComparison.Ordinal);
        Assert.NotEqual(first.Values[0].Masked, third.Values[0].Masked);
    }

    private static ConfidentialPlan Homes(int radius) => ConfidentialPlanTests.Plan($"""
        | survey | type     | name | label | confidential | confidential_radius |
        |        | geopoint | home | Home  | yes          | {radius}            |
        """);

    private static (string Masked, SplitResult Result) Split(string xml, SplitEdit? edit = null)
    {
        var output = new ArrayBufferWriter<byte>();
        var result = InstanceSplit.Split(Encoding.UTF8.GetBytes(xml), Children, null, edit, output);
        return (Encoding.UTF8.GetString(output.WrittenSpan), result);
    }

    private static string Merge(string masked, IReadOnlyList<ConfidentialValue> values)
    {
        var output = new ArrayBufferWriter<byte>();
        InstanceSplit.Merge(Encoding.UTF8.GetBytes(masked), values, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Without(string xml, string pattern) => Regex.Replace(xml, pattern, "", RegexOptions.None, TimeSpan.FromSeconds(5));

    [GeneratedRegex(" fk:(confidential|radius|marks)=\"[0-9a-z]+\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Marks();
}
