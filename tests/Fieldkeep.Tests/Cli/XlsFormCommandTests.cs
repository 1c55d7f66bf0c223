using System.Text.Json;
using System.Xml.Linq;
using Fieldkeep.Tests.Support;
using Xunit;

namespace Fieldkeep.Tests.Cli;

public sealed class XlsFormCommandTests : IDisposable
{
    private const string Good = """
        | survey |         |         |               |
        |        | type    | name    | label         |
        |        | text    | village | Which village? |
        |        | integer | people  | How many people? |
        """;

    private const string Bad = """
        | survey |         |         |             |             |
        |        | type    | name    | label       | relevant    |
        |        | text    | village | Village?    |             |
        |        | integer | people  | People?     | ${vilage} != '' |
        """;

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Convert_without_out_prints_the_xform_and_nothing_else()
    {
        var (exitCode, output, errors) = await FieldkeepProcess.RunAsync("xlsform", "convert", Write("visit.md", Good));

        Assert.True(exitCode == 0, errors);
        Assert.Contains("visit", XDocument.Parse(output).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_goes_on_past_a_form_with_errors_and_ends_with_code_3()
    {
        var (exitCode, output, errors) = await FieldkeepProcess.RunAsync(
            "xlsform", "convert", Write("bad.md", Bad), Write("visit.md", Good), "--out", _folder.File("out"));

        Assert.Equal((3, ""), (exitCode, output));
        Assert.Contains("bad.md: error: survey!D3: ", errors, StringComparison.Ordinal);
        Assert.Contains("vilage", errors, StringComparison.Ordinal);
        Assert.Equal(["visit.xml"], Directory.EnumerateFiles(_folder.File("out")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Privacy_prints_what_it_found_and_why_and_exits_0()
    {
        var file = Write("visit.md", Good);
        var (exitCode, output, errors) = await FieldkeepProcess.RunAsync("xlsform", "privacy", "--json", file);

        Assert.True(exitCode == 0, errors);
        using var report = JsonDocument.Parse(output);
        var finding = Assert.Single(report.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal("/data/village", finding.GetProperty("path").GetString());
        Assert.Equal("medium", finding.GetProperty("severity").GetString());
        Assert.Equal("village", finding.GetProperty("reasons")[0].GetProperty("words").GetString());
    }

    [Fact]
    public async Task A_cell_cannot_steer_the_terminal_nor_forge_a_message()
    {
        var file = Write("steer.csv", "survey,,,\n,type,name,label\n,\"\u001b]0;x\u0007\u202e\u009b2J\nvisit.csv: error: none\",a,A\n");
        var (exitCode, output, errors) = await FieldkeepProcess.RunAsync("xlsform", "check", file);

        Assert.Equal((3, ""), (exitCode, output));
        Assert.Contains("U+001B]0;xU+0007U+202EU+009B2J", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(errors, c => (char.IsControl(c) && c is not ('\n' or '\r')) || c == '\u202e');
        Assert.DoesNotContain(errors.Split('\n'), line => line.StartsWith("visit.csv", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Json_tells_each_diagnostic_with_its_cell_in_one_line_per_file()
    {
        var (exitCode, output, _) = await FieldkeepProcess.RunAsync("xlsform", "check", "--json", Write("bad.md", Bad), Write("visit.md", Good));

        Assert.Equal(3, exitCode);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([false, true], lines.Select(line => line.GetProperty("ok").GetBoolean()));
        var wrong = lines[0].GetProperty("diagnostics")[0];
        Assert.Equal(("survey", 3, "error"), (wrong.GetProperty("sheet").GetString(), wrong.GetProperty("row").GetInt32(), wrong.GetProperty("severity").GetString()));
        Assert.Equal(("D3", "${vilage} != ''"), (wrong.GetProperty("address").GetString(), wrong.GetProperty("value").GetString()));
    }

    [Fact]
    public async Task A_missing_file_is_told_with_code_4_and_the_others_are_converted()
    {
        var (exitCode, _, errors) = await FieldkeepProcess.RunAsync(
            "xlsform", "convert", _folder.File("none.xlsx"), Write("visit.md", Good), "--out", _folder.File("out"));

        Assert.Equal(4, exitCode);
        Assert.Contains("none.xlsx", errors, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.File("out/visit.xml")));
    }

    [Fact]
    public async Task Export_makes_a_workbook_that_compiles_to_the_same_form_and_never_replaces_a_file()
    {
        await FieldkeepProcess.RunAsync("xlsform", "convert", Write("visit.md", Good), "--out", _folder.Path);
        var before = await File.ReadAllTextAsync(_folder.File("visit.xml"), TestContext.Current.CancellationToken);

        var (exitCode, output, errors) = await FieldkeepProcess.RunAsync("xlsform", "export", _folder.File("visit.xml"), "--out", _folder.Path);
        var again = await FieldkeepProcess.RunAsync("xlsform", "export", _folder.File("visit.xml"), "--out", _folder.Path);
        var back = await FieldkeepProcess.RunAsync("xlsform", "convert", _folder.File("visit.xlsx"));

        Assert.Equal((0, "", ""), (exitCode, output, errors));
        Assert.Equal(before.Trim(), back.Output.Trim());
        Assert.Equal(4, again.ExitCode);
        Assert.Contains("visit.xlsx", again.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_refuses_what_is_no_form_with_code_3_and_goes_on()
    {
        await FieldkeepProcess.RunAsync("xlsform", "convert", Write("visit.md", Good), "--out", _folder.Path);

        var (exitCode, output, errors) = await FieldkeepProcess.RunAsync(
            "xlsform", "export", "--json", Write("no.xml", "<x/>"), _folder.File("visit.xml"), "--out", _folder.File("out"));

        Assert.Equal(3, exitCode);
        Assert.Contains("no.xml", errors, StringComparison.Ordinal);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([false, true], lines.Select(line => line.GetProperty("ok").GetBoolean()));
        Assert.Equal([null, "visit"], lines.Select(line => line.GetProperty("formId").GetString()));
        Assert.Equal("X_XFORM", lines[0].GetProperty("diagnostics")[0].GetProperty("code").GetString());
        Assert.True(File.Exists(_folder.File("out/visit.xlsx")));
    }

    [Fact]
    public async Task A_workbook_that_cannot_be_written_leaves_no_half_of_it()
    {
        // No sheet can have this header: the writing fails in the middle.
        var wide = Write("wide.xml", $"""
            <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>T</h:title><model>
            <instance><data id="wide"><a/></data></instance><bind nodeset="/data/a" {new string('b', 40_000)}="1"/></model></h:head><h:body/></h:html>
            """);

        var (exitCode, output, errors) = await FieldkeepProcess.RunAsync("xlsform", "export", "--json", wide, "--out", _folder.File("out"));

        Assert.Equal(3, exitCode);
        Assert.Contains("characters", errors, StringComparison.Ordinal);
        Assert.Equal("X_TOO_LARGE", JsonDocument.Parse(output).RootElement.GetProperty("diagnostics")[0].GetProperty("code").GetString());
        Assert.Empty(Directory.EnumerateFiles(_folder.File("out")));
    }

    [Fact]
    public async Task Convert_writes_the_external_choices_beside_the_form()
    {
        var form = """
            | survey           |                       |      |        |              |
            |                  | type                  | name | label  | choice_filter |
            |                  | select_one_external v | v    | Which? | zone = 'a'   |
            | external_choices |                       |      |        |              |
            |                  | list_name             | name | label  | zone         |
            |                  | v                     | x    | X      | a            |
            """;

        var (exitCode, output, errors) = await FieldkeepProcess.RunAsync("xlsform", "convert", Write("visit.md", form), "--out", _folder.File("out"));

        Assert.True((exitCode, output) == (0, ""), errors);
        Assert.StartsWith("\"list_name\"", await File.ReadAllTextAsync(_folder.File("out/visit.itemsets.csv"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.File("out/visit.xml")));
    }

    [Fact]
    public async Task Several_files_without_a_folder_are_refused_with_a_sentence()
    {
        var (exitCode, output, errors) = await FieldkeepProcess.RunAsync("xlsform", "convert", Write("a.md", Good), Write("b.md", Good));

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("--out DIR", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_files_as_json_give_a_line_each()
    {
        var (exitCode, output, _) = await FieldkeepProcess.RunAsync(
            "xlsform", "convert", "--json", Write("a.md", Good), _folder.File("none.xlsx"), Write("b.md", Good));

        Assert.Equal(4, exitCode);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([true, false, true], lines.Select(line => line.GetProperty("ok").GetBoolean()));
        Assert.Equal("a", XDocument.Parse(lines[0].GetProperty("xform").GetString() ?? "").Descendants().First(node => node.Name.LocalName == "data").Attribute("id")?.Value);
        Assert.Equal("X_FILE", lines[1].GetProperty("diagnostics")[0].GetProperty("code").GetString());
        Assert.Equal(
            ["code", "severity", "message", "sheet", "row", "column", "address", "value", "suggestion"],
            lines[1].GetProperty("diagnostics")[0].EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public async Task Two_files_of_one_name_are_refused_before_anything_is_written()
    {
        Directory.CreateDirectory(_folder.File("sub"));
        var (exitCode, _, errors) = await FieldkeepProcess.RunAsync(
            "xlsform", "convert", Write("visit.md", Good), Write("sub/Visit.csv", Good), "--out", _folder.File("out"));

        Assert.Equal(2, exitCode);
        Assert.Contains("would both be written to visit.xml", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("out")));
    }

    [Fact]
    public async Task A_folder_in_the_place_of_a_file_is_told_as_such()
    {
        Directory.CreateDirectory(_folder.File("forms"));
        var (exitCode, _, errors) = await FieldkeepProcess.RunAsync("xlsform", "check", _folder.File("forms"));

        Assert.Equal(4, exitCode);
        Assert.Contains("it is a folder", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dash_reads_the_form_from_stdin()
    {
        var (exitCode, output, errors) = await FieldkeepProcess.RunWithInputAsync(Good, "xlsform", "convert", "-");
        Assert.True(exitCode == 0, errors);
        Assert.Equal("form", XDocument.Parse(output).Descendants().First(node => node.Name.LocalName == "data").Attribute("id")?.Value);

        (exitCode, _, errors) = await FieldkeepProcess.RunWithInputAsync(Bad, "xlsform", "check", "-");
        Assert.Equal(3, exitCode);
        Assert.Contains("-: error: survey", errors, StringComparison.Ordinal);

        (exitCode, _, errors) = await FieldkeepProcess.RunWithInputAsync(Good, "xlsform", "check", "-", "-");
        Assert.Equal(2, exitCode);
        Assert.Contains("twice", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Advice_leaves_the_exit_code_at_0()
    {
        var form = """
            | survey |      |      |       |                 |             |
            |        | type | name | label | minimum_seconds | publishable |
            |        | text | a    | A     | 3               | yes         |
            """;

        var (exitCode, output, errors) = await FieldkeepProcess.RunAsync("xlsform", "check", Write("sct.md", form));

        Assert.Equal((0, ""), (exitCode, output));
        Assert.Contains("sct.md: advice: ", errors, StringComparison.Ordinal);
        Assert.Contains("SurveyCTO", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("convert")]
    [InlineData("check")]
    public async Task Help_lists_the_exit_codes_and_the_fields_of_the_json(string command)
    {
        var (exitCode, output, _) = await FieldkeepProcess.RunAsync("xlsform", command, "--help");

        Assert.Equal(0, exitCode);
        Assert.Contains(" 3  a form has errors", output, StringComparison.Ordinal);
        Assert.Contains(" 4  a file cannot be read or written", output, StringComparison.Ordinal);
        Assert.Contains("ok, formId", output.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}
