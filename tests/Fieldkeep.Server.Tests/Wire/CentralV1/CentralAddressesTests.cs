using System.Text.RegularExpressions;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

/// <summary>Holds the table of Central's documented addresses to what there is.</summary>
public sealed partial class CentralAddressesTests
{
    private const int Documented = 183;

    private static readonly IReadOnlyList<Row> Rows =
    [
        .. from line in File.ReadLines(Path.Combine(Contract.Repository(), "docs", "protocol", "central-v1-addresses.md"))
           let match = RowPattern().Match(line)
           where match.Success
           select new Row(
               match.Groups["method"].Value, match.Groups["path"].Value, match.Groups["state"].Value, match.Groups["tests"].Value),
    ];

    [Fact]
    public void Every_documented_address_stands_there_once_with_its_state()
    {
        Assert.Equal(Documented, Rows.Select(row => row.Key).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(Documented, Rows.Count);
        Assert.All(Rows, row => Assert.Contains(row.State, (string[])["works", "differs", "absent"]));
        Assert.All(CentralShapes.Operations, operation => Assert.Contains(Rows, row => row.Key == operation));
    }

    [Fact]
    public void What_works_or_differs_is_an_address_of_this_server()
    {
        var missing = Rows.Where(row => row.State != "absent" && Contract.V1.FindOperation(row.Method, row.SamplePath) is null);

        Assert.Empty(missing.Select(row => row.Key));
    }

    [Fact]
    public void Every_test_named_there_exists()
    {
        var known = typeof(CentralAddressesTests).Assembly.GetTypes().Select(type => type.Name).ToHashSet(StringComparer.Ordinal);
        var named = Rows.SelectMany(row => TestPattern().Matches(row.Tests).Select(match => (row.Key, Test: match.Groups["test"].Value))).ToList();

        Assert.All(named, one => Assert.Contains(one.Test, known));
        Assert.Empty(Rows.Where(row => row.State != "absent" && !TestPattern().IsMatch(row.Tests)).Select(row => row.Key));
    }

    [GeneratedRegex(@"^\| `(?<method>[A-Z]+) (?<path>/\S+)` \| (?<state>\w+) \|[^|]*\| (?<tests>.*) \|$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RowPattern();

    [GeneratedRegex("`(?<test>\\w+)`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TestPattern();

    [GeneratedRegex("{[^}]+}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();

    private sealed record Row(string Method, string Path, string State, string Tests)
    {
        public string Key => $"{Method} {Parameter().Replace(Path, "{}")}";

        public string SamplePath => Parameter().Replace(Path, "1");
    }
}
