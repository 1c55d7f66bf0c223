using Fieldkeep.Architecture.Tests.Support;
using Xunit;

namespace Fieldkeep.Architecture.Tests;

/// <summary>Says that no type or file ends in a word that says nothing.</summary>
public sealed class NamesTests
{
    private static readonly string[] Empty =
        ["Manager", "Helper", "Helpers", "Util", "Utils", "Common", "Misc", "Info", "Data", "Service", "Processor", "Impl", "Base"];

    // The field's own words: XLSForm's function pulldata(), the OData protocol.
    private static readonly string[] WordsOfTheField = ["PullData", "OData"];

    [Theory]
    [InlineData("Fieldkeep.XForms")]
    [InlineData("Fieldkeep.Vault")]
    [InlineData("Fieldkeep.Backup")]
    [InlineData("Fieldkeep.Journal")]
    [InlineData("Fieldkeep.Server")]
    [InlineData("fieldkeep")]
    public void No_type_ends_in_a_word_that_says_nothing(string assembly) =>
        Strays.AssertNone(CompiledAssembly.Read(assembly).Types.Where(type => SaysNothing(type.Name.Split('`')[0])).Select(type => type.FullName));

    [Fact]
    public void No_source_file_ends_in_a_word_that_says_nothing() =>
        Strays.AssertNone(
            Repository.Files("src", ".cs").Concat(Repository.Files("tests", ".cs")).Concat(Repository.Files("web/src", ".ts", ".vue"))
                .Where(file => SaysNothing(Path.GetFileName(file).Split('.')[0]))
                .Select(Repository.Short));

    private static bool SaysNothing(string name) =>
        Empty.Any(word => name.EndsWith(word, StringComparison.Ordinal))
        && !WordsOfTheField.Any(word => name.EndsWith(word, StringComparison.Ordinal));
}
