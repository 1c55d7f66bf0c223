using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Conformance;

/// <summary>Compiles the real-world workbooks of the conformance material and compares with the reference.</summary>
public sealed class RealFormsTests
{
    private const int FewestEqual = 208;
    private const int FewestRefused = 148;

    /// <summary>Workbooks the reference refuses and this compiler accepts on purpose, by the reference's key.</summary>
    private static readonly Dictionary<string, string> Accepted = new(StringComparer.Ordinal)
    {
        ["X_REF_AMBIGUOUS_LATE"] = "a question named like the form's root can be referred to",
        ["CRASH_TypeError"] = "instance::tag is an attribute like any other",
    };

    private static readonly Lazy<List<(IReadOnlyDictionary<string, string> Line, CompiledForm Form)>> Forms = new(CompileAll);

    [Fact]
    public void Real_forms_mean_the_same()
    {
        var folder = ConformanceFolder.Require("xlsform/real");
        var failures = new List<string>();
        var equal = 0;
        foreach (var (line, form) in Forms.Value)
        {
            var difference = form.XForm is null
                ? form.Diagnostics.Select(diagnostic => diagnostic.Message)
                : FormDifference.Find(File.ReadAllText(Path.Combine(folder, line["xml"])), form.XForm);
            if (difference.FirstOrDefault() is not { } first)
            {
                equal++;
            }
            else
            {
                failures.Add($"{line["file"]}: {first}");
            }
        }

        Assert.True(equal >= FewestEqual, $"{equal} forms are equal; not these:\n{string.Join('\n', failures)}");
    }

    [Fact]
    public void Real_forms_give_as_many_warnings()
    {
        ConformanceFolder.Require("xlsform/real");
        var failures = new List<string>();
        foreach (var (line, form) in Forms.Value)
        {
            var warnings = form.Diagnostics.Where(d => d.Severity == Severity.Warning).ToList();
            if (warnings.Count != int.Parse(line["warnings"]))
            {
                var codes = string.Join(' ', warnings.Select(warning => warning.Code));
                failures.Add($"{line["file"]}: expected {line["warnings"]}, got {warnings.Count}: {codes}");
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    /// <summary>Counts what was looked at, all of the rare kinds and samples of the frequent ones: a new number is a false alarm or a gain.</summary>
    [Theory]
    [InlineData(DiagnosticCode.XPathSyntax, 14)]
    [InlineData(DiagnosticCode.XPathFunction, 15)]
    [InlineData(DiagnosticCode.Circular, 0)]
    [InlineData(DiagnosticCode.ConstraintLater, 0)]
    [InlineData(DiagnosticCode.NeverRelevant, 5)]
    [InlineData(DiagnosticCode.CalculationUnread, 8)]
    [InlineData(DiagnosticCode.ChoiceUnknown, 85)]
    [InlineData(DiagnosticCode.ChoicesUnused, 79)]
    [InlineData(DiagnosticCode.ChoiceNameSpacesAdvised, 20)]
    [InlineData(DiagnosticCode.TranslationEmpty, 41)]
    [InlineData(DiagnosticCode.NameLong, 0)]
    public void Real_forms_give_advice_only_where_there_is_something_to_say(string code, int times)
    {
        ConformanceFolder.Require("xlsform/real");

        Assert.Equal(times, Forms.Value.Sum(one => one.Form.Diagnostics.Count(d => d.Severity == Severity.Advice && d.Code == code)));
    }

    [Fact]
    public void Compiled_real_forms_can_be_read_back()
    {
        ConformanceFolder.Require("xlsform/real");
        Assert.All(Forms.Value, one => Assert.Equal(one.Form.FormId, XFormReader.Read(one.Form.XForm ?? "").Id));
    }

    [Fact]
    public void Real_external_choices_mean_the_same()
    {
        var folder = ConformanceFolder.Require("xlsform/real");
        var compared = 0;
        foreach (var (line, form) in Forms.Value)
        {
            // The reference moves the values of the TerraFirma forms left past empty cells.
            if (line["itemsets_csv"].Length > 0 && !line["source"].Contains("terra", StringComparison.OrdinalIgnoreCase))
            {
                var expected = File.ReadAllText(Path.Combine(folder, line["itemsets_csv"]));
                var actual = form.ItemsetsCsv ?? "";
                Assert.Equal(ItemsetsText.WithoutTrailingEmptyCells(expected), ItemsetsText.WithoutTrailingEmptyCells(actual));
                compared++;
            }
        }

        Assert.True(compared >= 3, $"Only {compared} forms with external choices were compared.");
    }

    [Fact]
    public void Real_workbooks_with_mistakes_are_refused_for_the_same_reason_at_the_same_row()
    {
        var folder = ConformanceFolder.Require("xlsform/real/failing");
        var failures = new List<string>();
        var refused = 0;
        foreach (var line in TabbedFile.Read(Path.Combine(folder, "index.tsv")))
        {
            var errors = Compile(folder, line["file"]).Diagnostics.Where(d => d.Severity == Severity.Error).ToList();
            var row = ConformanceCase.RowIn(line["message"]);
            if (errors.Exists(error => error.Code == line["key"] && (row is null || error.Cell?.Row == row)))
            {
                refused++;
            }
            else if (!Accepted.ContainsKey(line["key"]))
            {
                var got = string.Join(' ', errors.Select(error => $"{error.Code}@{error.Cell?.Row}"));
                failures.Add($"{line["file"]}: expected {line["key"]} row {row}, got {got}");
            }
        }

        Assert.True(failures.Count == 0 && refused >= FewestRefused, $"{refused} refused; not these:\n{string.Join('\n', failures)}");
    }

    private static List<(IReadOnlyDictionary<string, string> Line, CompiledForm Form)> CompileAll()
    {
        var folder = ConformanceFolder.Require("xlsform/real");
        return TabbedFile.Read(Path.Combine(folder, "index.tsv"))
            .Select(line => (line, Compile(folder, line["file"])))
            .ToList();
    }

    private static CompiledForm Compile(string folder, string name)
    {
        // The files are named owner+repository__path; the reference knew only the path.
        var fileName = name[(name.IndexOf("__", StringComparison.Ordinal) + 2)..];
        using var file = File.OpenRead(Path.Combine(folder, name));
        return XlsFormCompiler.Compile(file, fileName, new CompileOptions());
    }
}
