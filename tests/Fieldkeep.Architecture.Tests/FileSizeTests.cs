using Fieldkeep.Architecture.Tests.Support;
using Xunit;

namespace Fieldkeep.Architecture.Tests;

public sealed class FileSizeTests
{
    private const int MostLines = 500;

    [Fact]
    public void No_source_file_is_longer_than_500_lines()
    {
        var files = Repository.Files("src", ".cs")
            .Concat(Repository.Files("tests", ".cs"))
            .Concat(Repository.Files("web/src", ".ts", ".vue", ".css"))
            .Select(file => (Name: Repository.Short(file), Lines: File.ReadLines(file).Count()))
            .OrderByDescending(file => file.Lines)
            .ToList();
        foreach (var (name, lines) in files.Take(10))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{lines,5}  {name}");
        }

        Assert.NotEmpty(files);
        Strays.AssertNone(files.Where(file => file.Lines > MostLines));
    }
}
