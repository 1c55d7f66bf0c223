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
    public async Task Json_tells_each_diagnostic_with_its_cell_in_one_line_per_file()
    {
        var (exitCode, output, _) = await FieldkeepProcess.RunAsync("xlsform", "check", "--json", Write("bad.md", Bad), Write("visit.md", Good));

        Assert.Equal(3, exitCode);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([false, true], lines.Select(line => line.GetProperty("succeeded").GetBoolean()));
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
        Assert.Equal("visit", JsonDocument.Parse(output).RootElement.GetProperty("formId").GetString());
        Assert.True(File.Exists(_folder.File("out/visit.xlsx")));
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}
