using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.Export;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Tests.Conformance;
using Fieldkeep.XForms.Xml;
using Xunit;

namespace Fieldkeep.XForms.Tests.Export;

/// <summary>
/// Exports every XForm of the conformance material to a workbook and compiles that again: the result must mean the same
/// as the XForm it came from.
/// </summary>
public sealed class RoundTripTests
{
    private const int FewestRealForms = 208;
    private const int FewestSmallForms = 1_019;

    /// <summary>Forms that no workbook makes, by the reason.</summary>
    private static readonly Dictionary<string, string> Exempt = new(StringComparer.Ordinal)
    {
        ["pyx00570"] = "a map shows a list that is only known as the inline choices of search(), so the XForm does not name it",
    };

    [Fact]
    public void Real_forms_come_back_the_same()
    {
        var failures = new List<string>();
        var equal = 0;
        foreach (var (name, xform, itemsets) in RealForms())
        {
            Compare(name, xform, itemsets, failures, ref equal);
        }

        Assert.True(failures.Count == 0, $"{equal} forms are equal; not these:\n{string.Join('\n', failures)}");
        Assert.True(equal >= FewestRealForms, $"Only {equal} forms were read.");
    }

    [Fact]
    public void Small_forms_come_back_the_same()
    {
        var folder = ConformanceFolder.Require("xlsform");
        var failures = new List<string>();
        var equal = 0;
        var all = ConformanceCase.ReadCases(folder).Concat(ConformanceCase.ReadFiles(folder));
        foreach (var one in all.Where(one => one.XForm is not null && !Exempt.ContainsKey(one.Id)))
        {
            Compare(one.Id, one.XForm ?? "", one.Itemsets, failures, ref equal);
        }

        Assert.True(failures.Count == 0, $"{equal} forms are equal; not these:\n{string.Join('\n', failures)}");
        Assert.True(equal >= FewestSmallForms, $"Only {equal} forms were read.");
    }

    [Fact]
    public void Nearly_every_path_of_a_real_form_becomes_a_reference()
    {
        var (paths, references) = (0, 0);
        foreach (var (_, xform, itemsets) in RealForms())
        {
            var exported = Export(xform, itemsets);
            var root = "/" + XFormReader.Read(xform).RootName + "/";
            foreach (var cell in exported.Workbook.Sheets.SelectMany(sheet => sheet.Rows).SelectMany(row => row.Cells))
            {
                paths += cell?.Contains(root, StringComparison.Ordinal) == true ? 1 : 0;
                references += cell?.Contains("${", StringComparison.Ordinal) == true ? 1 : 0;
            }
        }

        // The paths that stay are the authors' own: to one of several questions with the same name in different groups.
        Assert.True(references >= 3_441 && paths <= 109, $"{paths} cells have paths, {references} have references.");
    }

    private static ExportedForm Export(string xform, string? itemsets = null) =>
        XlsFormExporter.Export(xform, itemsets, TestContext.Current.CancellationToken);

    private static IEnumerable<(string Name, string XForm, string? Itemsets)> RealForms()
    {
        var folder = ConformanceFolder.Require("xlsform/real");
        return TabbedFile.Read(Path.Combine(folder, "index.tsv")).Select(line => (
            line["file"],
            File.ReadAllText(Path.Combine(folder, line["xml"])),
            line["itemsets_csv"].Length > 0 ? File.ReadAllText(Path.Combine(folder, line["itemsets_csv"])) : null));
    }

    private static void Compare(string name, string xform, string? itemsets, List<string> failures, ref int equal)
    {
        var exported = Export(xform, itemsets);
        var direct = XlsFormCompiler.Compile(exported.Workbook, new CompileOptions());
        using var file = new MemoryStream();
        WorkbookWriter.WriteXlsx(exported.Workbook, file);
        file.Position = 0;
        var read = XlsFormCompiler.Compile(file, null, new CompileOptions());
        if (read.XForm is null || direct.XForm is null)
        {
            var errors = read.Diagnostics.Where(one => one.Severity == Severity.Error).Select(one => $"{one.Code} {one.Message}");
            failures.Add($"{name}: refused: {string.Join(" | ", errors.Take(3))}");
        }
        else if (FormDifference.Find(xform, read.XForm) is [var difference, ..])
        {
            failures.Add($"{name}: {difference}");
        }
        else if (FormDifference.Find(xform, direct.XForm) is [var other, ..])
        {
            failures.Add($"{name}, without a file between: {other}");
        }
        else if (exported.Diagnostics.FirstOrDefault(one => one.Code != DiagnosticCode.ExportExternalChoicesMissing || itemsets is not null) is { } told)
        {
            failures.Add($"{name}: nothing is lost, but {told.Code} {told.Message}");
        }
        else
        {
            equal++;
        }
    }
}
