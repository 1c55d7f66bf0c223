using Fieldkeep.XForms.Diagnostics;
using Xunit;

namespace Fieldkeep.XForms.Tests.Conformance;

/// <summary>Compiles the 1,353 small forms and 79 example workbooks of the conformance material and compares with the reference.</summary>
public sealed class CasesTests
{
    private const int FewestConverting = 1_010;
    private const int FewestRefused = 405;

    /// <summary>After so many failures a test stops: nobody reads more, and mutation testing wants an early answer.</summary>
    private const int MostShown = 10;

    /// <summary>Forms where the reference is wrong and this compiler does better on purpose.</summary>
    private static readonly Dictionary<string, string> Exempt = new(StringComparer.Ordinal)
    {
        ["pyx00742"] = EscapedTwice,
        ["pyx00743"] = EscapedTwice,
        ["pyx00744"] = EscapedTwice,
        ["pyx00745"] = EscapedTwice,
        ["pyx00746"] = EscapedTwice,
        ["pyx00747"] = EscapedTwice,
        ["pyx00748"] = EscapedTwice,
        ["pyx00749"] = EscapedTwice,
        ["pyx01298"] = "body:esri:style without its namespace becomes a Python dictionary; here it is left out and warned about",
        ["pyx01092"] = "a value without a column, which no spreadsheet can hold",
    };

    /// <summary>The reference warns about the empty columns that trailing commas make in a CSV file.</summary>
    private const string TrailingCommas = "files/example_xls__widgets.csv";

    private const string EscapedTwice = "an operator inside an instance expression is escaped twice, which breaks it";

    [Fact]
    public void Every_form_that_converts_means_the_same()
    {
        var converting = Cases().Where(one => one.Outcome == "ok" && !Exempt.ContainsKey(one.Id)).ToList();
        var failures = converting
            .Select(one => (one.Id, Difference: Compare(one)))
            .Where(one => one.Difference is not null)
            .Select(one => $"{one.Id}: {one.Difference}")
            .Take(MostShown)
            .ToList();
        Assert.True(failures.Count == 0, $"At least {failures.Count} of {converting.Count}:\n{string.Join('\n', failures)}");
        Assert.True(converting.Count >= FewestConverting, $"Only {converting.Count} forms were read.");
    }

    [Fact]
    public void Every_list_of_external_choices_is_written_the_same()
    {
        // The reference leaves out empty cells, which moves the values after them, and names empty headers “None”.
        string[] exempt = ["pyx00417", "pyx00420", "pyx01311", "pyx01312", "pyx01313", "pyx01340"];
        var compared = Cases()
            .Where(one => one.Itemsets is not null && !exempt.Contains(one.Id, StringComparer.Ordinal))
            .ToList();
        Assert.True(compared.Count >= 7, $"Only {compared.Count} forms have external choices.");
        foreach (var one in compared)
        {
            Assert.Equal(
                ItemsetsText.WithoutTrailingEmptyCells(one.Itemsets ?? ""),
                ItemsetsText.WithoutTrailingEmptyCells(one.Compile().ItemsetsCsv ?? ""));
        }
    }

    [Fact]
    public void Every_refused_form_is_refused_for_the_same_reason_at_the_same_row()
    {
        var refused = Cases().Where(one => one.Outcome == "error" && !Exempt.ContainsKey(one.Id)).ToList();
        var failures = new List<string>();
        foreach (var one in refused.TakeWhile(_ => failures.Count < MostShown))
        {
            var errors = one.Compile().Diagnostics
                .Where(diagnostic => diagnostic.Severity == Severity.Error)
                .ToList();
            if (!errors.Exists(error => error.Code == one.ErrorKey && (one.ErrorRow is null || error.Cell?.Row == one.ErrorRow)))
            {
                var got = string.Join(", ", errors.Select(error => $"{error.Code} row {error.Cell?.Row}"));
                failures.Add($"{one.Id}: expected {one.ErrorKey} row {one.ErrorRow}, got {got}");
            }
        }

        Assert.True(failures.Count == 0, $"At least {failures.Count} of {refused.Count}:\n{string.Join('\n', failures)}");
        Assert.True(refused.Count >= FewestRefused, $"Only {refused.Count} forms were read.");
    }

    [Fact]
    public void Every_form_that_converts_gives_the_same_warnings()
    {
        var failures = new List<string>();
        var converting = Cases().Where(one => one.Outcome == "ok" && !Exempt.ContainsKey(one.Id));
        foreach (var one in converting.TakeWhile(_ => failures.Count < MostShown))
        {
            var warnings = one.Compile().Diagnostics
                .Where(diagnostic => diagnostic.Severity == Severity.Warning)
                .Select(diagnostic => diagnostic.Code)
                .ToHashSet(StringComparer.Ordinal);
            if (!warnings.SetEquals(one.WarningKeys) && one.Id != TrailingCommas)
            {
                failures.Add($"{one.Id}: expected {string.Join(' ', one.WarningKeys)}, got {string.Join(' ', warnings)}");
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count}:\n{string.Join('\n', failures)}");
    }

    private static string? Compare(ConformanceCase one)
    {
        var compiled = one.Compile();
        if (compiled.XForm is null)
        {
            return string.Join(" | ", compiled.Diagnostics.Select(diagnostic => diagnostic.Message));
        }

        var found = FormDifference.Find(one.XForm ?? "", compiled.XForm);
        return found.Count == 0 ? null : string.Join(" | ", found.Take(3));
    }

    private static IEnumerable<ConformanceCase> Cases()
    {
        var folder = ConformanceFolder.Require("xlsform");
        return ConformanceCase.ReadCases(folder).Concat(ConformanceCase.ReadFiles(folder));
    }
}
