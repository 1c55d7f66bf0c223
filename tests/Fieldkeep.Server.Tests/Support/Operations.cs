using System.Text.Json.Nodes;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>One address and method of the committed OpenAPI documents.</summary>
/// <param name="Document">api or v1.</param>
/// <param name="Path">With its parameters in braces.</param>
/// <param name="Actions">What it demands; empty when being known is enough.</param>
/// <param name="Callers">Whom it answers.</param>
/// <param name="Body">The media type of its body and its JSON schema, when it takes one.</param>
internal sealed record Operation(
    string Document,
    string Method,
    string Path,
    string Id,
    IReadOnlyList<string> Actions,
    IReadOnlyList<string> Callers,
    (string MediaType, JsonNode? Schema)? Body)
{
    /// <summary>The names of its parameters behind the question mark.</summary>
    public IReadOnlyList<string> Query { get; init; } = [];

    /// <summary>Whether it changes nothing.</summary>
    public bool IsSafe => Method is "GET" or "HEAD";

    /// <inheritdoc/>
    public override string ToString() => $"{Method} {Path}";
}

/// <summary>Reads every operation of the committed documents.</summary>
internal static class Operations
{
    // A document is a megabyte: read once. Its nodes are made while they are read, so that two threads must not read at once.
    private static readonly Lock Reading = new();
    private static readonly Dictionary<string, JsonNode> Documents = new(StringComparer.Ordinal);

    /// <summary>Every operation.</summary>
    public static IReadOnlyList<Operation> All { get; } = [.. Of("api"), .. Of("v1")];

    /// <summary>Makes a small body that fits a schema: the required members, each with a value of its type.</summary>
    public static JsonNode? BodyFor(string document, JsonNode? schema)
    {
        lock (Reading)
        {
            return SmallOf(document, schema);
        }
    }

    private static JsonNode? SmallOf(string document, JsonNode? schema)
    {
        var fitting = schema?["$ref"] is { } reference
            ? Document(document)["components"]?["schemas"]?[reference.GetValue<string>().Split('/')[^1]]
            : schema;
        var type = fitting?["type"] switch
        {
            JsonArray several => several.Select(one => one?.GetValue<string>()).First(one => one != "null"),
            { } one => one.GetValue<string>(),
            null => "object",
        };
        return type switch
        {
            "array" => new JsonArray(),
            "string" when fitting?["enum"] is JsonArray words => words[0]?.DeepClone(),
            "string" => "some text",
            "integer" or "number" => 1,
            "boolean" => false,
            _ => new JsonObject(
                from name in (fitting?["required"] as JsonArray ?? []).Select(one => one?.GetValue<string>() ?? "")
                select KeyValuePair.Create(name, SmallOf(document, fitting?["properties"]?[name]))),
        };
    }

    private static JsonNode Document(string name) => Documents.TryGetValue(name, out var known)
        ? known
        : Documents[name] = JsonNode.Parse(File.ReadAllText(Contract.FileOf(name)))
            ?? throw new InvalidOperationException($"The document {name} is empty.");

    private static IEnumerable<Operation> Of(string name) =>
        from path in Document(name)["paths"]?.AsObject() ?? []
        from method in path.Value?.AsObject() ?? []
        where method.Value?["operationId"] is not null
        let content = method.Value?["requestBody"]?["content"]?.AsObject().FirstOrDefault()
        select new Operation(
            name,
            method.Key.ToUpperInvariant(),
            path.Key,
            method.Value?["operationId"]?.GetValue<string>() ?? "",
            WordsOf(method.Value?["x-fieldkeep-action"]).Where(action => action != "none").ToList(),
            WordsOf(method.Value?["x-fieldkeep-callers"]).ToList(),
            content is { Key: { } mediaType } ? (mediaType, content.Value.Value?["schema"]) : null)
        {
            Query =
            [
                .. (method.Value?["parameters"] as JsonArray ?? [])
                    .Where(one => one?["in"]?.GetValue<string>() == "query").Select(one => one?["name"]?.GetValue<string>() ?? ""),
            ],
        };

    private static IEnumerable<string> WordsOf(JsonNode? node) => node switch
    {
        JsonArray several => several.Select(one => one?.GetValue<string>() ?? ""),
        { } one => [one.GetValue<string>()],
        null => [],
    };
}
