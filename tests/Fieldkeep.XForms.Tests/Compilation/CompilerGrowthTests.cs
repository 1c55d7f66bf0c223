using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Sheets;
using Xunit;

namespace Fieldkeep.XForms.Tests.Compilation;

/// <summary>Compiles forms of many questions: the work must grow with their number only.</summary>
[Collection(typeof(MeasuredAlone))]
public sealed class CompilerGrowthTests
{
    [Fact]
    public void Ten_thousand_questions_compile_in_time_that_grows_with_their_number() =>
        Growth.ShouldBeLinear(
            300,
            questions => new Workbook(
            [
                new Sheet(
                    "survey",
                    ["type", "name", "label", "relevant", "constraint"],
                    Enumerable.Range(0, questions)
                        .Select(i => new SheetRow(i + 2, ["integer", $"q{i}", $"Question {i}", $"${{q{Math.Max(0, i - 1)}}} > 0", ". > 0"]))
                        .ToList()),
            ]),
            workbook => Assert.True(XlsFormCompiler.Compile(workbook, new CompileOptions()).Succeeded));
}
