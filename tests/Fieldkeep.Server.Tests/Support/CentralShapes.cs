using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>
/// The members of ODK Central's JSON answers, as its API documentation gives them in schemas and examples, and whether
/// an answer of ours has them: every one that its example shows or its schema requires, of that type or null.
/// </summary>
/// <remarks>
/// <c>central-shapes.json</c> has one line for each documented operation: <c>json</c> without and <c>extended</c> with
/// <c>X-Extended-Metadata</c>. A name that ends in <c>?</c> may be missing; <c>any</c> and <c>{}</c> fit everything.
/// </remarks>
internal static class CentralShapes
{
    private static readonly JsonObject Documented = Read();

    /// <summary>Every operation with a documented shape, as <see cref="FindFault(string, bool, JsonNode?)"/> takes it.</summary>
    public static IEnumerable<string> Operations => Documented.Select(operation => operation.Key);

    /// <summary>Says what an answer lacks or has otherwise than documented; null when all fits or nothing is documented.</summary>
    /// <param name="operation">Method and address, with <c>{}</c> in place of each parameter.</param>
    /// <param name="isExtended">Whether the caller asked for extended metadata.</param>
    /// <param name="body">The answer.</param>
    public static string? FindFault(string operation, bool isExtended, JsonNode? body)
    {
        if (Documented[operation] is not JsonObject shapes)
        {
            return null;
        }

        var shape = isExtended ? shapes["extended"] ?? shapes["json"] : shapes["json"];
        return shape is null ? null : FindFault(shape, body, "");
    }

    private static string? FindFault(JsonNode shape, JsonNode? value, string path)
    {
        if (value is null || shape.GetValueKind() == JsonValueKind.Null)
        {
            return null;
        }

        switch (shape)
        {
            case JsonArray { Count: 1 } each when each[0] is { } item:
                return value is JsonArray items
                    ? items.Select(one => FindFault(item, one, path + "[]")).FirstOrDefault(fault => fault is not null)
                    : $"{path} is no array";
            case JsonObject { Count: > 0 } members:
                return value is JsonObject given
                    ? members.Select(member => FindFaultOf(member, given, path)).FirstOrDefault(fault => fault is not null)
                    : $"{path} is no object";
            case JsonValue word when word.GetValue<string>() is not "any" and var type && type != TypeOf(value):
                return $"{path} is {TypeOf(value)}, documented as {type}";
            default:
                return null;
        }
    }

    private static string? FindFaultOf(KeyValuePair<string, JsonNode?> member, JsonObject given, string path)
    {
        var name = member.Key.TrimEnd('?');
        if (member.Value is not { } shape)
        {
            return null;
        }

        return given.TryGetPropertyValue(name, out var value)
            ? FindFault(shape, value, $"{path}.{name}")
            : member.Key.EndsWith('?') ? null : $"{path}.{name} is missing";
    }

    private static string TypeOf(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Number => "number",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Array => "array",
        _ => "object",
    };

    private static JsonObject Read()
    {
        var file = Path.Combine(Contract.Repository(), "tests", "Fieldkeep.Server.Tests", "Wire", "CentralV1", "central-shapes.json");
        return (JsonObject?)JsonNode.Parse(File.ReadAllText(file)) ?? throw new InvalidOperationException($"{file} is empty.");
    }
}
