using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Server.Wire.OpenApi;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.OpenApi;

/// <summary>The OpenAPI documents: complete, of the right shape, and the same as the committed ones.</summary>
public sealed partial class OpenApiDocumentsTests(TestServer server) : IClassFixture<TestServer>
{
    /// <summary>Set it to 1 (<c>script/openapi</c> does) and the committed documents are written anew instead of compared.</summary>
    private const string Rewrite = "FIELDKEEP_WRITE_OPENAPI";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("api")]
    [InlineData("v1")]
    public async Task The_committed_document_is_the_one_the_server_gives(string name)
    {
        var given = await TextOfAsync(name);
        var file = Contract.FileOf(name);
        if (Environment.GetEnvironmentVariable(Rewrite) == "1")
        {
            await File.WriteAllTextAsync(file, given, Token);
        }

        Assert.True(await File.ReadAllTextAsync(file, Token) == given, $"{file} is out of date: run script/openapi and commit what it writes.");
    }

    [Fact]
    public async Task Every_address_stands_in_a_document_with_all_its_methods()
    {
        var told = (await OperationsAsync("api")).Concat(await OperationsAsync("v1")).Select(one => $"{one.Method} {one.Path}").ToHashSet(StringComparer.Ordinal);
        var mapped =
            from address in server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            let path = ConstraintInPath().Replace(address.RoutePattern.RawText ?? "", "}").Replace("{**", "{", StringComparison.Ordinal).TrimEnd('/')
            from method in address.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
            select $"{method.ToLowerInvariant()} {path}";

        Assert.Equal(mapped.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_address_declares_what_it_does_and_for_whom() =>
        Assert.Empty(
            from address in server.Services.GetRequiredService<EndpointDataSource>().Endpoints
            where !address.Metadata.OfType<Declaration>().Any()
                || !address.Metadata.OfType<CallersMetadata>().Any()
                || !address.Metadata.OfType<AudienceMetadata>().Any()
                || !address.Metadata.OfType<DialectMetadata>().Any()
            select address.DisplayName);

    [Theory]
    [InlineData("api")]
    [InlineData("v1")]
    public async Task Every_operation_says_what_programs_need_to_know(string name)
    {
        var operations = await OperationsAsync(name);
        Assert.Distinct(operations.Select(one => Text(one.Operation["operationId"])));
        foreach (var (path, method, operation) in operations)
        {
            var where = $"{method} {path}";
            Assert.Matches("^[a-z][A-Za-z0-9]+$", Text(operation["operationId"]));
            Assert.False(string.IsNullOrWhiteSpace(Text(operation["summary"])), where);
            Assert.NotEmpty(Array(operation["tags"]));
            Assert.NotEmpty(Array(operation["security"]));
            Assert.NotEmpty(Array(operation["x-fieldkeep-callers"]));
            Assert.NotNull(operation["x-fieldkeep-action"]);
            Assert.NotNull(operation["x-fieldkeep-audience"]);
            var inPath = ParameterInPath().Matches(path).Select(match => match.Groups["name"].Value);
            var told = Array(operation["parameters"]).Where(one => Text(one?["in"]) == "path").Select(one => Text(one?["name"]));
            Assert.Equal(inPath, told);
            var responses = Assert.IsType<JsonObject>(operation["responses"]);
            Assert.Contains("default", responses);
            Assert.All(responses, response => Assert.True(
                response.Key is "204" or "301" or "302" || response.Value?["$ref"] is not null || response.Value?["content"] is JsonObject { Count: > 0 },
                $"{where} {response.Key} has no schema"));
        }
    }

    [Fact]
    public async Task Every_declared_problem_code_is_one_the_server_has()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Contract.Repository(), "src", "Fieldkeep.Server"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
        var made = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in sources)
        {
            // A declaration is no proof of itself.
            var lines = await File.ReadAllLinesAsync(file, Token);
            made.UnionWith(lines
                .Where(line => !line.Contains(".Refuses(", StringComparison.Ordinal) && !line.Contains("RefusalMetadata(", StringComparison.Ordinal))
                .SelectMany(line => CodeOfProblem().Matches(line))
                .Select(match => match.Groups["code"].Value));
        }

        var declared = server.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .SelectMany(address => address.Metadata.OfType<RefusalMetadata>())
            .SelectMany(refusal => refusal.Codes);
        Assert.All(declared.Distinct(StringComparer.Ordinal), code => Assert.Contains(code, made));
    }

    [Theory]
    [InlineData("api")]
    [InlineData("v1")]
    public async Task Where_a_session_is_needed_nobody_else_gets_an_answer(string name)
    {
        using var client = server.CreateClient();
        foreach (var (path, method, operation) in await OperationsAsync(name))
        {
            if (Array(operation["x-fieldkeep-callers"]).Any(caller => Text(caller) != "session"))
            {
                continue;
            }

            using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), ParameterInPath().Replace(path, "1"));
            using var response = await client.SendAsync(request, Token);
            Assert.True(response.StatusCode == HttpStatusCode.Unauthorized, $"{method} {path} answers {response.StatusCode}");
        }
    }

    [Fact]
    public async Task A_document_already_known_is_not_sent_again()
    {
        using var client = server.CreateClient();
        using var first = await client.GetAsync(new Uri("/api/openapi.json", UriKind.Relative), Token);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/openapi.json");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag ?? throw new InvalidOperationException("The document has no tag."));

        using var second = await client.SendAsync(again, Token);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    private async Task<string> TextOfAsync(string name)
    {
        var document = await server.Services.GetRequiredService<WrittenDocuments>().GetAsync(name, Token);
        return System.Text.Encoding.UTF8.GetString(document.Json.Span);
    }

    private async Task<IReadOnlyList<(string Path, string Method, JsonNode Operation)>> OperationsAsync(string name)
    {
        var document = JsonSerializer.Deserialize<JsonNode>(await TextOfAsync(name));
        return
        [
            .. from path in Assert.IsType<JsonObject>(document?["paths"])
               from operation in Assert.IsType<JsonObject>(path.Value)
               select (path.Key, operation.Key, Assert.IsAssignableFrom<JsonNode>(operation.Value)),
        ];
    }

    private static JsonArray Array(JsonNode? node) => node as JsonArray ?? [];

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? "";

    [GeneratedRegex(@"\{(?<name>\w+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ParameterInPath();

    [GeneratedRegex(@":\w+\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ConstraintInPath();

    [GeneratedRegex(@"""(?<code>[a-z_]+\.[a-z_]+)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeOfProblem();
}
