using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire;

/// <summary>Holds docs/security/doors.md to the doors that are tried out and to the addresses there are.</summary>
public sealed partial class DoorsTests
{
    private static readonly string[] OfSecrets =
    [
        "session.refused", "factor.refused", "factor.passkey_refused", "factor.locked", "password_reset.refused", "key.wrong_passphrase",
    ];

    private static string Text { get; } = File.ReadAllText(Path.Combine(Contract.Repository(), "docs", "security", "doors.md"));

    [Fact]
    public void The_doors_in_the_book_are_those_that_are_tried_with_their_budgets()
    {
        var written = Row().Matches(Text)
            .Select(row => (row.Groups["secret"].Value, row.Groups["door"].Value, int.Parse(row.Groups["most"].Value, CultureInfo.InvariantCulture)));
        var tried = WrongSecretsTests.Secrets
            .SelectMany(secret => secret.Doors.Select(door => (secret.Name, door.Name, secret.Most)))
            .Append((WrongCodesTests.Door, WrongCodesTests.Door, 10));

        Assert.Equal(tried.Order(), written.Order());
    }

    [Theory]
    [InlineData("api")]
    [InlineData("v1")]
    public void Every_address_that_anyone_may_call_or_that_refuses_secrets_stands_in_the_book(string document)
    {
        var named = Name().Matches(Text).Select(name => name.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
        var doors = OperationsOf(document).Where(IsDoor).Select(NameOf).ToList();

        Assert.NotEmpty(doors);
        Assert.Empty(doors.Except(named, StringComparer.Ordinal));
    }

    [Fact]
    public void Every_address_in_the_book_exists()
    {
        var known = OperationsOf("api").Concat(OperationsOf("v1")).Select(NameOf).ToHashSet(StringComparer.Ordinal);

        Assert.All(Name().Matches(Text).Select(name => name.Groups["name"].Value), name => Assert.Contains(name, known));
    }

    private static bool IsDoor(JsonObject operation) =>
        operation["security"] is JsonArray ways && (ways.Count == 0 || ways.Any(way => way is JsonObject { Count: 0 }))
        || operation["responses"]!.AsObject() // every operation has some
            .SelectMany(response => response.Value?["x-fieldkeep-problems"]?.AsArray() ?? [])
            .Any(code => OfSecrets.Contains(code?.GetValue<string>()));

    private static IEnumerable<JsonObject> OperationsOf(string document) =>
        from path in JsonNode.Parse(File.ReadAllText(Contract.FileOf(document)))!["paths"]!.AsObject() // every document has them
        from operation in path.Value!.AsObject() // every path has operations
        where operation.Value?["operationId"] is not null
        select operation.Value!.AsObject(); // just looked at

    private static string NameOf(JsonObject operation) => operation["operationId"]!.GetValue<string>(); // those without one are left out

    [GeneratedRegex(@"^\| (?<secret>[^|]+) \| (?<door>[^|]+) \| [^|]+ \| (?<most>\d+)[^|]* \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();

    // Operations begin with a small letter; types and files do not, or have a dot.
    [GeneratedRegex("`(?<name>[a-z][A-Za-z]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Name();
}
