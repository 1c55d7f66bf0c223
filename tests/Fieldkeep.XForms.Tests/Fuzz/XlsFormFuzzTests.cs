using Fieldkeep.Fuzz;
using Xunit;

namespace Fieldkeep.XForms.Tests.Fuzz;

/// <summary>Runs a few thousand inputs of <c>script/fuzz xlsform</c>; the command runs millions.</summary>
public sealed class XlsFormFuzzTests
{
    private const ulong Inputs = 3_000;

    [Fact]
    public void Made_up_and_broken_workbooks_and_files_are_answered_as_promised()
    {
        var target = new XlsFormTarget([]);
        var failures = Run(target, Inputs);

        Assert.True(failures.Count == 0, string.Join('\n', failures.Take(5)));
        var compiled = target.Outcomes.Where(pair => pair.Key.EndsWith("compiled", StringComparison.Ordinal)).Sum(pair => pair.Value);
        Assert.True(compiled > (int)Inputs / 4, $"Only {compiled} of {Inputs} compile: the inputs have become nonsense.");
    }

    [Fact]
    public void Bent_bytes_of_real_workbooks_are_answered_as_promised()
    {
        var corpus = Directory.EnumerateFiles(ConformanceFolder.Require("xlsform/files"), "*.xls*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith(".xml", StringComparison.Ordinal) && new FileInfo(file).Length < 100_000)
            .Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToList();
        Assert.True(corpus.Count > 20, $"Only {corpus.Count} workbooks.");
        var target = new XlsFormTarget(corpus);

        Assert.Empty(Run(target, Inputs));
        Assert.Contains("real file, bent: refused", target.Outcomes.Keys);
    }

    private static List<string> Run(XlsFormTarget target, ulong inputs)
    {
        var failures = new List<string>();
        for (var input = 0ul; input < inputs; input++)
        {
            if (Record.Exception(target.Prepare(20261121, input)) is { } thrown)
            {
                failures.Add($"input {input}: {thrown}");
            }
        }

        return failures;
    }
}
