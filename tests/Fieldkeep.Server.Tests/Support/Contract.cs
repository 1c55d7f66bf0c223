using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>The committed OpenAPI documents, as every answer of a test server is held to.</summary>
internal sealed partial class Contract
{
    private readonly JsonNode _document;
    private readonly List<(Regex Path, string Address, JsonObject Operations)> _paths;

    private Contract(string file)
    {
        _document = Parse(file);
        _paths =
        [
            .. from path in ObjectAt("paths")
               let address = Parameter().Replace(path.Key, "{}")
               select (
                   new Regex($"^{Regex.Escape(address).Replace("\\{}", "[^/]+", StringComparison.Ordinal)}$", RegexOptions.NonBacktracking),
                   address,
                   (JsonObject)path.Value!), // every path has operations
        ];
    }

    /// <summary>Our own API.</summary>
    public static Contract Api { get; } = new(FileOf("api"));

    /// <summary>ODK Central's API and the phones' addresses.</summary>
    public static Contract V1 { get; } = new(FileOf("v1"));

    /// <summary>Gives the committed document's file.</summary>
    public static string FileOf(string name) => Path.Combine(Repository(), "docs", "protocol", $"openapi-{name}.json");

    /// <summary>The folder that holds the whole house.</summary>
    public static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Fieldkeep.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Fieldkeep.slnx.");
    }

    /// <summary>
    /// Finds what the document says about a request, and its address with <c>{}</c> for each parameter; null when it
    /// knows no such address or method.
    /// </summary>
    public (string Address, JsonObject Operation)? FindOperation(string method, string path) => _paths
        .Where(known => known.Path.IsMatch(path))
        .OrderByDescending(known => known.Address.Length)
        .Select(known => known.Operations[method.ToLowerInvariant()] is JsonObject operation ? (known.Address, operation) : ((string, JsonObject)?)null)
        .FirstOrDefault();

    /// <summary>Says in which way an answer breaks the contract; null when it keeps it.</summary>
    /// <param name="body">The JSON of the answer; null when it is not JSON.</param>
    public string? FindBreach(JsonObject operation, int status, JsonNode? body)
    {
        var declared = Resolve(operation["responses"]?[status.ToString()]);
        if (declared is null)
        {
            return IsAnyAddress(status, body) ? null : $"status {status} is not declared: {body?.ToJsonString()}";
        }

        if (declared["x-fieldkeep-problems"] is JsonArray codes && body?["code"]?.GetValueKind() == System.Text.Json.JsonValueKind.String)
        {
            var code = body["code"]!.GetValue<string>(); // looked at above
            if (!codes.Any(known => known!.GetValue<string>() == code) && !IsAnyAddress(status, body)) // codes are strings
            {
                return $"{status} {code} is not declared";
            }
        }

        var schema = declared["content"]?["application/json"]?["schema"] ?? declared["content"]?["application/problem+json"]?["schema"];
        return schema is null || body is null ? null : new SchemaCheck(Resolve).FindFault(schema, body, "");
    }

    // What any address may answer: a fault, no database, and what the web framework refuses by itself.
    private static bool IsAnyAddress(int status, JsonNode? body) =>
        status >= 500 || status is 304 or 206 or 416 or 405
        || (body?["code"] is JsonValue code
            && (code.ToString().StartsWith("request.", StringComparison.Ordinal) || code.ToString() is "text.unstorable" or "400.8"));

    private JsonNode? Resolve(JsonNode? node)
    {
        while (node is JsonObject && node["$ref"]?.GetValue<string>() is { } reference)
        {
            node = reference.Split('/').Skip(1).Aggregate((JsonNode?)_document, (at, part) => at?[part]);
        }

        return node;
    }

    private JsonObject ObjectAt(string name) => (JsonObject)_document[name]!; // every document has paths

    private static JsonNode Parse(string file) =>
        JsonNode.Parse(File.ReadAllText(file)) ?? throw new InvalidOperationException($"{file} is empty.");

    [GeneratedRegex("{[^}]+}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();
}
